//! Two tasks that have their own handles, and a runtime that ends.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

use mainspring::runtime::Runtime;
use mainspring::task::{JoinHandle, yield_now};

#[path = "../00-introduction/cli.rs"]
mod cli;

/// Says that it is dropped.
struct Guest(&'static str);

impl Drop for Guest {
    fn drop(&mut self) {
        println!("{} is dropped", self.0);
    }
}

type Place<T> = Rc<RefCell<Option<JoinHandle<T>>>>;

/// A task that never ends. Its future has its handle.
fn in_its_future(runtime: &Runtime) {
    let place = Place::default();
    let own = Rc::clone(&place);
    let task = runtime.spawn(async move {
        let _both = (own, Guest("the future"));
        pending::<()>().await;
    });
    place.replace(Some(task));
}

/// A task that returns at once. Its output has its handle.
fn in_its_output(runtime: &Runtime) {
    let place = Place::default();
    let own = Rc::clone(&place);
    let task =
        runtime.spawn(async move { Output { _own: own, _guest: Guest("the output") } });
    place.replace(Some(task));
}

struct Output {
    _own: Place<Output>,
    _guest: Guest,
}

fn main() {
    cli::options(&[]);
    let mut runtime = Runtime::new().expect("there are descriptors left");
    in_its_future(&runtime);
    in_its_output(&runtime);
    runtime.block_on(yield_now());
    println!("the runtime ends");
    drop(runtime);
    println!("the runtime is gone");
}
