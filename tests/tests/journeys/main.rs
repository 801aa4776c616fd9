//! Whole journeys through the front door: real pages, real database, real
//! plugins, and the demo VLE on the other side.

mod admin;
mod course_copy;
mod diagnosis;
mod fairness;
mod grades;
mod keys;
mod launches;
mod main_job;
mod marking;
mod mentoring;
mod pages;
mod registration;
mod review;
mod roster;
mod selection;
mod settings;
mod table;
mod uploads;
mod walls;
