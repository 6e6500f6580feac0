//! Tests with time that only they move, over connections that are none of the system's.

mod attempts;
mod deadlines;
mod health;
mod retries;
mod scripted;
mod streams;
