//! The suites on the library and on the solutions: nothing may be found.

mod suite;
