//! Keepers who feed ducks: a plan of their visits, held against what keepers can do and
//! what ducks are owed (chapter 1).

use proptest::collection::vec;
use proptest::strategy::Strategy;

use super::{Broken, Outcome, Story, explore};

/// A duck, and what it needs.
#[derive(Clone, Debug)]
pub struct Duck {
    /// How many bowls it eats.
    pub bowls: u32,
    /// How many minutes of a keeper's hands a bowl takes, 1 or more.
    pub hands: u64,
    /// How many minutes it then eats, by itself.
    pub eating: u64,
}

/// A keeper goes to a duck with a bowl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Which keeper, from 0. Stories call it keeper 1.
    pub keeper: usize,
    /// Which duck, from 0. Stories call it duck a.
    pub duck: usize,
    /// In which minute, from 0.
    pub start: u64,
}

/// Keepers with a plan.
pub trait Keeper {
    /// The visits of all keepers, in the order of time, until every duck has had its
    /// bowls. All ducks are hungry in minute 0.
    fn plan(ducks: &[Duck], keepers: usize) -> Vec<Visit>;
}

/// Every duck is fed, no keeper is in two places or idle without need, and the duck that
/// has been hungry longest comes first.
pub fn plan<K: Keeper>() -> Outcome {
    let duck = (1..=3_u32, 1..=4_u64, 0..=9_u64)
        .prop_map(|(bowls, hands, eating)| Duck { bowls, hands, eating });
    // Few ducks first: of two stories, the one with fewer ducks is the shorter.
    (0..=5_usize).try_for_each(|count| {
        explore(
            "a free keeper goes at once to the duck that has been hungry longest",
            &(vec(duck.clone(), count), 1..=3_usize),
            |(ducks, keepers), story| follow::<K>(ducks, *keepers, story),
        )
    })
}

/// What a duck is called: a, b, c.
fn letter(duck: usize) -> char {
    ('a'..='z').nth(duck).unwrap_or('?')
}

/// Walks through a plan, visit by visit.
fn follow<K: Keeper>(
    ducks: &[Duck],
    keepers: usize,
    story: &mut Story,
) -> Result<(), Broken> {
    tell(ducks, keepers, story);
    let visits = K::plan(ducks, keepers);
    let mut pond = Pond::new(ducks, keepers);
    for visit in visits {
        story.step(format!(
            "minute {}: keeper {} goes to duck {}",
            visit.start,
            visit.keeper + 1,
            letter(visit.duck)
        ));
        pond.check(visit, story)?;
        pond.advance(visit);
    }
    match pond.unfed().next() {
        None => Ok(()),
        Some(duck) => story.broken(
            format!("duck {} gets {}", letter(duck), bowls(ducks[duck].bowls)),
            format!("the plan ends, and it lacks {}", bowls(pond.bowls[duck])),
        ),
    }
}

fn tell(ducks: &[Duck], keepers: usize, story: &mut Story) {
    for (number, duck) in ducks.iter().enumerate() {
        story.given(format!(
            "duck {}: {}, each {} min of hands and {} min of eating",
            letter(number),
            bowls(duck.bowls),
            duck.hands,
            duck.eating
        ));
    }
    story.given(format!("keepers: {keepers}"));
}

fn bowls(count: u32) -> String {
    format!("{count} bowl{}", if count == 1 { "" } else { "s" })
}

/// What is known after some visits: who is free when, which duck is hungry when.
struct Pond<'a> {
    ducks: &'a [Duck],
    bowls: Vec<u32>,
    hungry_at: Vec<u64>,
    free_at: Vec<u64>,
}

impl<'a> Pond<'a> {
    fn new(ducks: &'a [Duck], keepers: usize) -> Self {
        Pond {
            ducks,
            bowls: ducks.iter().map(|duck| duck.bowls).collect(),
            hungry_at: vec![0; ducks.len()],
            free_at: vec![0; keepers],
        }
    }

    fn unfed(&self) -> impl Iterator<Item = usize> {
        (0..self.ducks.len()).filter(|&duck| self.bowls[duck] > 0)
    }

    fn advance(&mut self, Visit { keeper, duck, start }: Visit) {
        self.bowls[duck] -= 1;
        self.free_at[keeper] = start + self.ducks[duck].hands;
        self.hungry_at[duck] = self.free_at[keeper] + self.ducks[duck].eating;
    }

    fn check(&self, visit: Visit, story: &mut Story) -> Result<(), Broken> {
        self.can_be(visit, story)?;
        self.is_prompt(visit, story)?;
        self.is_fair(visit, story)
    }

    /// The keeper and the duck exist, are where they should be, and have time.
    fn can_be(&self, visit: Visit, story: &mut Story) -> Result<(), Broken> {
        let Visit { keeper, duck, start } = visit;
        if keeper >= self.free_at.len() || duck >= self.ducks.len() {
            return story.broken("a keeper and a duck that exist", format!("{visit:?}"));
        }
        if self.bowls[duck] == 0 {
            return story.broken(
                format!("duck {} gets {}", letter(duck), bowls(self.ducks[duck].bowls)),
                "one more than that",
            );
        }
        if start < self.free_at[keeper] {
            return story.broken(
                format!(
                    "keeper {} is busy until minute {}",
                    keeper + 1,
                    self.free_at[keeper]
                ),
                format!("its next visit begins in minute {start}"),
            );
        }
        if start < self.hungry_at[duck] {
            return story.broken(
                format!(
                    "duck {} eats until minute {}",
                    letter(duck),
                    self.hungry_at[duck]
                ),
                format!("it gets the next bowl in minute {start}"),
            );
        }
        Ok(())
    }

    /// No keeper was idle while a duck was hungry.
    fn is_prompt(&self, visit: Visit, story: &mut Story) -> Result<(), Broken> {
        let free = self.free_at.iter().min().copied().unwrap_or(0);
        let hungry = self.unfed().map(|duck| self.hungry_at[duck]).min().unwrap_or(0);
        if visit.start <= free.max(hungry) {
            return Ok(());
        }
        story.broken(
            format!(
                "in minute {} a keeper is free and a duck hungry, so it goes",
                free.max(hungry)
            ),
            format!("the next visit is in minute {}", visit.start),
        )
    }

    /// No other duck has been hungry for longer.
    fn is_fair(&self, visit: Visit, story: &mut Story) -> Result<(), Broken> {
        let since = self.hungry_at[visit.duck];
        match self.unfed().find(|&duck| self.hungry_at[duck] < since) {
            None => Ok(()),
            Some(duck) => story.broken(
                format!(
                    "the keeper goes to duck {}, hungry since minute {}",
                    letter(duck),
                    self.hungry_at[duck]
                ),
                format!(
                    "it goes to duck {}, hungry since minute {since}",
                    letter(visit.duck)
                ),
            ),
        }
    }
}

/// With `most_ducks` no duck waits after its first bowl; with one more, one does.
pub fn most_ducks(most_ducks: fn(u64, u64) -> u64) -> Outcome {
    explore(
        "with so many ducks none waits after its first bowl, with one more one does",
        &(1..=9_u64, 0..=60_u64),
        |&(hands, eating), story| {
            story.step(format!("most_ducks({hands}, {eating})"));
            let most = most_ducks(hands, eating);
            // The patient way: one duck more, until one waits.
            let true_most = (1..)
                .find(|&ducks| waits(ducks + 1, hands, eating))
                .expect("some number is too many");
            story.expect(true_most, most)
        },
    )
}

/// Whether, of so many equal ducks with one keeper, one waits after its first bowl:
/// found by going round.
fn waits(ducks: u64, hands: u64, eating: u64) -> bool {
    let mut hungry_at = vec![0; usize::try_from(ducks).expect("a few ducks")];
    let mut now = 0;
    for round in 0..3 {
        for hungry_at in &mut hungry_at {
            if round > 0 && now > *hungry_at {
                return true;
            }
            now = now.max(*hungry_at) + hands;
            *hungry_at = now + eating;
        }
    }
    false
}
