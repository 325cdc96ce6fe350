//! A join whose every decision can be replaced by a wrong one.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use crate::suite::join::{Job, Joined, Joins};

/// Who was woken, and whom that wakes.
#[derive(Default)]
pub struct Line {
    pub woken: Vec<usize>,
    pub parent: Option<Waker>,
}

/// What wakes one child.
pub struct Bell {
    pub index: usize,
    pub in_line: AtomicBool,
    pub line: Arc<Mutex<Line>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        if !self.in_line.swap(true, Ordering::AcqRel) {
            let mut line = self.line.lock().unwrap();
            line.woken.push(self.index);
            let parent = line.parent.take();
            drop(line);
            if let Some(parent) = parent {
                parent.wake();
            }
        }
    }
}

pub struct Join<P> {
    pub jobs: Vec<Option<Job>>,
    pub bells: Vec<Arc<Bell>>,
    pub line: Arc<Mutex<Line>>,
    /// By index, as they come.
    pub outputs: Vec<(usize, u32)>,
    parts: PhantomData<P>,
}

/// The decisions that a join takes.
pub trait Parts: Sized + 'static {
    /// Who is polled, taken out of the line.
    fn next(join: &mut Join<Self>) -> Vec<usize> {
        std::mem::take(&mut join.line.lock().unwrap().woken)
    }

    /// Polls one child.
    fn poll(job: &mut Job, bell: &Arc<Bell>) -> Poll<Result<u32, u32>> {
        bell.in_line.store(false, Ordering::Release);
        job.as_mut().poll(&mut Context::from_waker(&Waker::from(Arc::clone(bell))))
    }

    /// What becomes of a child that is done.
    fn done(slot: &mut Option<Job>) {
        *slot = None;
    }

    /// The numbers in the order of the children.
    fn in_order(mut outputs: Vec<(usize, u32)>) -> Vec<u32> {
        outputs.sort_unstable();
        outputs.into_iter().map(|(_, output)| output).collect()
    }

    /// Waits for the next wake.
    fn wait(line: &Mutex<Line>, waker: &Waker) {
        let mut line = line.lock().unwrap();
        line.parent = Some(waker.clone());
        if !line.woken.is_empty() {
            waker.wake_by_ref();
        }
    }
}

/// All decisions as they should be.
pub struct Sound;

impl Parts for Sound {}

impl<P: Parts> Joins for Join<P> {
    fn try_join_all(jobs: Vec<Job>) -> Joined {
        let line = Arc::new(Mutex::new(Line::default()));
        line.lock().unwrap().woken.extend(0..jobs.len());
        let bell = |index| Bell { index, in_line: true.into(), line: Arc::clone(&line) };
        let bells = (0..jobs.len()).map(|index| Arc::new(bell(index))).collect();
        let jobs = jobs.into_iter().map(Some).collect();
        Box::pin(Self { jobs, bells, line, outputs: Vec::new(), parts: PhantomData::<P> })
    }
}

impl<P> Unpin for Join<P> {}

impl<P: Parts> Future for Join<P> {
    type Output = Result<Vec<u32>, u32>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        for index in P::next(this) {
            let Some(job) = &mut this.jobs[index] else { continue };
            if let Poll::Ready(result) = P::poll(job, &this.bells[index]) {
                P::done(&mut this.jobs[index]);
                this.outputs.push((index, result?));
            }
        }
        if this.outputs.len() == this.jobs.len() {
            return Poll::Ready(Ok(P::in_order(std::mem::take(&mut this.outputs))));
        }
        P::wait(&this.line, cx.waker());
        Poll::Pending
    }
}
