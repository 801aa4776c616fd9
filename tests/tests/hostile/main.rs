//! What would break the tool if it could: files that were made for it, files
//! that were changed at random, and plugins that misbehave.

mod files;
mod mutations;
mod pages;
mod units;
