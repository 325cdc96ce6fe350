//! Gives the outputs in the order in which they came.

use super::many::Parts;

pub struct AsTheyCome;

impl Parts for AsTheyCome {
    fn outputs(ended: Vec<(usize, u32)>) -> Vec<u32> {
        ended.into_iter().map(|(_, output)| output).collect()
    }
}
