//! A job goes with its handle.

use super::pool::{Job, Parts, Stage, lock};

pub struct HandleOwns;

impl Parts for HandleOwns {
    fn detach(job: &Job) {
        if matches!(*lock(&job.stage), Stage::Over(_) | Stage::Runs) {
            return;
        }
        job.cancel();
    }
}
