//! The unit on the fixtures, on diaries as people keep them, and on mark sheets, natively.

mod diary;
mod evidence;
mod fixtures;
mod portfolio;
mod unit;
