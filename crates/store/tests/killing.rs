//! Killing a process that writes to a store at a moment that nobody chose, and what must be there
//! then: every step that was acknowledged, and the next one wholly or not at all.
//!
//! The child is this test program, running one test. It takes steps that follow from their numbers,
//! and says so after each. What the parent picks at random follows from the seed, but for time.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fmt, fs};

use clipfind_store::{CompactOptions, Options, Reader, Writer, verify};
use tempfile::TempDir;

use crate::compacting::unnamed;
use crate::support::{files, read, rows, vector, write};
use crate::{kill, kill_compacting};

/// Set by `tools/soak.sh`: how many times as much of everything random, and the seed to start from.
const ROUNDS: &str = "CLIPFIND_SOAK_ROUNDS";
const SEED: &str = "CLIPFIND_SOAK_SEED";
/// Set in the child process: the plan to follow, the directory to work in, the first step to take.
const PLAN: &str = "CLIPFIND_TEST_KILL_PLAN";
const DIRECTORY: &str = "CLIPFIND_TEST_KILL_DIRECTORY";
const FIRST: &str = "CLIPFIND_TEST_KILL_FIRST";
/// Begins the lines in which the child says what it has done.
const ACKNOWLEDGED: &str = "acknowledged ";

pub(crate) const DIM: usize = 8;
/// Ids go from 0 to here.
pub(crate) const IDS: u64 = 600;

/// How many times as much of everything random is wanted.
pub(crate) fn soak_rounds() -> u64 {
    number_in(ROUNDS, 1)
}

fn seed() -> u64 {
    number_in(SEED, 0)
}

fn number_in(variable: &str, default: u64) -> u64 {
    let parse = |text: String| text.parse().unwrap_or_else(|_| panic!("{variable}={text}"));
    env::var(variable).map_or(default, parse)
}

/// Numbers that look random, the same each time.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Numbers that follow from the seed, a name and a number.
    pub(crate) fn of(name: &str, number: u64) -> Self {
        let name = u64::from(crc32c::crc32c(name.as_bytes()));
        let mut random = Self(seed() << 32 ^ name);
        random.0 = random.draw() ^ number;
        random.draw();
        random
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.draw() % limit
    }

    /// Some ids, rising.
    pub(crate) fn ids(&mut self, least: u64, most: u64) -> Vec<u64> {
        let count = least + self.below(most - least + 1);
        let mut ids: Vec<u64> = (0..count).map(|_| self.below(IDS)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// One thing to do to a store.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Append(Vec<u64>),
    Delete(Vec<u64>),
    Seal,
    /// One more commit of the same.
    Publish,
    Compact(CompactOptions),
    Reshard(u32),
    /// A shard, and whether to the store's own directory.
    Move(u32, bool),
}

impl Step {
    const fn name(&self) -> &'static str {
        match self {
            Self::Append(ids) if ids.len() < 100 => "append",
            Self::Append(_) => "large append",
            Self::Delete(_) => "delete",
            Self::Seal => "seal",
            Self::Publish => "publish",
            Self::Compact(_) => "compact",
            Self::Reshard(_) => "reshard",
            Self::Move(..) => "move",
        }
    }

    fn run(&self, number: u64, writer: &mut Writer, directory: &Path) {
        match self {
            Self::Append(ids) => drop(writer.append(ids, &rows(ids, number, DIM)).unwrap()),
            Self::Delete(ids) => drop(writer.delete(ids).unwrap()),
            Self::Seal => writer.seal().unwrap(),
            Self::Publish => writer.forget_previous().unwrap(),
            Self::Compact(options) => drop(writer.compact(options, None).unwrap()),
            Self::Reshard(shards) => writer.reshard(*shards, None).unwrap(),
            Self::Move(shard, true) => {
                let home = store_in(directory).join(format!("shard-{shard:03}"));
                writer.move_shard(*shard, home, None).unwrap();
            }
            Self::Move(shard, false) => {
                // A move that was interrupted leaves something; so each goes to a new place.
                let mut places = (0..).map(|at| directory.join(format!("{shard}-{at}")));
                let free = places.find(|place| !place.exists()).unwrap();
                writer.move_shard(*shard, free, None).unwrap();
            }
        }
    }
}

fn store_in(directory: &Path) -> PathBuf {
    directory.join("store")
}

/// What a child does until it is killed.
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) segment_rows: u32,
    pub(crate) step: fn(u64, &mut Random) -> Step,
    /// Whether this step is one of those that the plan is about.
    pub(crate) aim: fn(&Step) -> bool,
}

impl Plan {
    fn step(&self, number: u64) -> Step {
        (self.step)(number, &mut Random::of(self.name, number))
    }

    pub(crate) fn options(&self) -> Options {
        Options { segment_rows: self.segment_rows, ..Options::new(DIM) }
    }
}

/// Not a test by itself: what the tests run as another process, until it is killed.
#[test]
fn child_works_until_it_is_killed() {
    let Ok(name) = env::var(PLAN) else { return };
    let plans =
        [&kill::PLAN, &kill_compacting::COMPACT, &kill_compacting::RESHARD, &kill_compacting::MOVE];
    let plan = plans.into_iter().find(|plan| plan.name == name).unwrap();
    let directory = PathBuf::from(env::var(DIRECTORY).unwrap());
    let first = number_in(FIRST, 0);
    acknowledge(first - 1, Duration::ZERO); // It is there, and now the store is opened.
    let mut started = Instant::now();
    let mut writer = write(&store_in(&directory), &plan.options());
    acknowledge(first - 1, started.elapsed());
    for number in first.. {
        started = Instant::now();
        plan.step(number).run(number, &mut writer, &directory);
        acknowledge(number, started.elapsed());
    }
}

/// Straight to the pipe: a line means that the step had returned.
fn acknowledge(number: u64, took: Duration) {
    let mut pipe = std::io::stdout();
    writeln!(pipe, "\n{ACKNOWLEDGED}{number} {}", took.as_micros()).unwrap();
}

/// What a process is killed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// SIGKILL (on Unix) at any time.
    Kill,
    /// SIGXFSZ in the middle of writing a file that grows too long.
    #[cfg(unix)]
    Size,
}

/// A store that outlives its writers, and what it holds.
pub(crate) struct Survivor {
    plan: &'static Plan,
    directory: TempDir,
    round: u64,
    /// The number of the next step.
    next: u64,
    /// Ids and versions after the steps before.
    held: BTreeMap<u64, u64>,
    /// How long each kind of step took when it was last taken.
    took: BTreeMap<&'static str, Duration>,
    states: States,
}

/// How often something was found after a process was killed.
#[derive(Debug, Default)]
pub(crate) struct States {
    counts: BTreeMap<&'static str, u64>,
    /// In how many rounds, and so on.
    told: String,
}

impl States {
    /// What was found at least once.
    pub(crate) fn seen(&self) -> Vec<&'static str> {
        self.counts.iter().filter(|(_, count)| **count > 0).map(|(state, _)| *state).collect()
    }

    fn add(&mut self, state: &'static str, is: bool) {
        *self.counts.entry(state).or_default() += u64::from(is);
    }
}

impl fmt::Display for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |(state, count): (&&str, &u64)| format!("{state} {count}");
        let counts: Vec<String> = self.counts.iter().map(count).collect();
        write!(f, "{}: {}", self.told, counts.join(", "))
    }
}

impl Drop for Survivor {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.directory.disable_cleanup(true);
            let Self { plan, directory, round, .. } = self;
            let (name, seed, path) = (plan.name, seed(), directory.path().display());
            eprintln!("{name}: {SEED}={seed}, round {round}; the store is kept in {path}");
        }
    }
}

impl Survivor {
    /// A new store in a directory, with all ids in it.
    pub(crate) fn new(plan: &'static Plan, directory: TempDir, shards: u32) -> Self {
        let dir = store_in(directory.path());
        let mut writer = write(&dir, &Options { shards: Some(shards), ..plan.options() });
        let ids: Vec<u64> = (0..IDS).collect();
        writer.append(&ids, &rows(&ids, 0, DIM)).unwrap();
        let held = ids.into_iter().map(|id| (id, 0)).collect();
        let (took, states) = (BTreeMap::new(), States::default());
        Self { plan, directory, round: 0, next: 1, held, took, states }
    }

    /// Lets processes create stores until they are killed, and looks at what each left. Says how often
    /// there was a store by then.
    pub(crate) fn survive_creation(plan: &'static Plan, rounds: u64) -> String {
        let rounds = rounds * soak_rounds();
        let mut created = 0;
        for round in 0..rounds {
            let (held, took, states) = (BTreeMap::new(), BTreeMap::new(), States::default());
            let directory = on_disk();
            let mut survivor = Self { plan, directory, round, next: 1, held, took, states };
            let mut random = Random::of("create", round);
            let acknowledged = survivor.kill_one(By::Kill, 0, &mut random);
            let dir = store_in(survivor.directory.path());
            let is_there = dir.is_dir() && files(&dir).iter().any(|file| file.ends_with(".json"));
            created += u64::from(is_there);
            drop(write(&dir, &plan.options()));
            survivor.look(acknowledged);
        }
        format!("create: {rounds} rounds, {created} created")
    }

    /// Lets so many processes work on it until they are killed, and looks at it after each. Says what
    /// they left.
    pub(crate) fn survive(mut self, by: By, rounds: u64) -> States {
        let (rounds, started) = (rounds * soak_rounds(), Instant::now());
        for round in 0..rounds {
            self.round = round;
            let mut random = Random::of(self.plan.name, u64::MAX - round);
            // In between, so that the store gets on.
            let by = if round % 2 == 0 { By::Kill } else { by };
            let acknowledged = self.kill_one(by, random.below(6), &mut random);
            self.look(acknowledged);
            // Otherwise the next child is the next writer.
            if random.below(2) == 0 {
                let dir = store_in(self.directory.path());
                drop(write(&dir, &self.plan.options()));
                assert_eq!(unnamed(&dir), [""; 0]);
            }
        }
        let (name, steps, took) = (self.plan.name, self.next - 1, started.elapsed());
        self.states.told = format!("{name} ({by:?}): {rounds} rounds, {steps} steps, {took:.1?}");
        std::mem::take(&mut self.states)
    }

    /// Starts a child and has it killed after it has said so many things. Returns the number of the
    /// last step it acknowledged.
    fn kill_one(&mut self, by: By, mut wait: u64, random: &mut Random) -> u64 {
        let mut child = self.start(by, random);
        let mut lines = Acknowledged(BufReader::new(child.stdout.take().unwrap()));
        let mut acknowledged = lines.next().expect("the child starts").0;
        let mut doing = "open";
        if by == By::Kill {
            while wait > 0 {
                let took;
                (acknowledged, took) = lines.next().expect("the child goes on");
                self.took.insert(doing, took);
                let next = self.plan.step(acknowledged + 1);
                doing = next.name();
                if wait > 1 || (self.plan.aim)(&next) || random.below(6) == 0 {
                    wait -= 1;
                }
            }
            let takes = self.took.get(doing).copied().unwrap_or(Duration::from_millis(3));
            let micros = u64::try_from(takes.as_micros()).unwrap() * 5 / 4 + 200;
            std::thread::sleep(Duration::from_micros(random.below(micros)));
            child.kill().unwrap();
        }
        acknowledged = lines.last().map_or(acknowledged, |it| it.0);
        let status = child.wait().unwrap();
        assert!(!status.success() && status.code().is_none_or(|code| code != 101), "{status}");
        acknowledged
    }

    fn start(&self, by: By, random: &mut Random) -> Child {
        let program = env::current_exe().unwrap();
        let mut command = match by {
            By::Kill => Command::new(program),
            #[cfg(unix)]
            By::Size => {
                // In blocks of 512 bytes: mostly somewhat more than the log has already, but never so
                // much that nothing becomes longer.
                let dir = store_in(self.directory.path());
                let log = files(&dir).into_iter().rfind(|name| name.ends_with(".wal")).unwrap();
                let len = dir.join(log).metadata().unwrap().len();
                let most = match random.below(4) {
                    0 => random.below(8),
                    1 => random.below(80),
                    _ => (len / 512 + random.below(24)).min(80),
                };
                let limit = format!("ulimit -c 0; ulimit -f {}", 1 + most);
                let mut command = Command::new("sh");
                command.args(["-c", &format!("{limit}; exec \"$0\" \"$@\"")]).arg(program);
                command
            }
        };
        let test = "killing::child_works_until_it_is_killed";
        command
            .args(["--exact", test, "--nocapture"])
            .env(PLAN, self.plan.name)
            .env(DIRECTORY, self.directory.path())
            .env(FIRST, self.next.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Looks at what a child left.
    fn look(&mut self, acknowledged: u64) {
        let dir = store_in(self.directory.path());
        let left = unnamed(&dir);
        let all = files(&dir);
        let leaves = |part: &str| left.iter().any(|file| file.contains(part));
        let manifests = all.iter().filter(|file| file.ends_with(".json")).count();
        let part = left.iter().any(|file| file.ends_with(".vec") && is_part(&dir.join(file)));
        let found = verify(&dir, None).unwrap();
        assert_eq!(found.damage, []);
        let reader = read(&dir);
        assert_eq!(reader.warnings(), [""; 0]);

        while self.next <= acknowledged {
            self.advance();
        }
        let is_behind = holds(&reader, &self.held);
        if !is_behind {
            self.advance();
            assert!(holds(&reader, &self.held), "{acknowledged} is acknowledged");
        }
        self.states.add("unfinished manifest", leaves(".json.tmp"));
        self.states.add("unnamed log", leaves(".wal"));
        self.states.add("unnamed segment", leaves(".vec"));
        self.states.add("part of a segment", part);
        self.states.add("unnamed tombstones", leaves(".del-"));
        self.states.add("superseded manifest", manifests > 2);
        self.states.add("torn record", !found.notes.is_empty());
        self.states.add("more than acknowledged", !is_behind);
        self.states.add("nothing", left.is_empty() && manifests <= 2 && found.notes.is_empty());
    }

    /// Takes the next step in `held`.
    fn advance(&mut self) {
        match self.plan.step(self.next) {
            Step::Append(ids) => self.held.extend(ids.into_iter().map(|id| (id, self.next))),
            Step::Delete(ids) => self.held.retain(|id, _| ids.binary_search(id).is_err()),
            _ => {}
        }
        self.next += 1;
    }
}

/// What a child says: the number of each step that it has taken, and how long that took.
struct Acknowledged(BufReader<ChildStdout>);

impl Iterator for Acknowledged {
    type Item = (u64, Duration);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            // The last line may be cut off as well.
            let said = line.strip_prefix(ACKNOWLEDGED).and_then(|it| it.strip_suffix('\n'));
            if let Some((number, micros)) = said.and_then(|it| it.split_once(' ')) {
                let took = Duration::from_micros(micros.parse().unwrap());
                return Some((number.parse().unwrap(), took));
            }
        }
    }
}

/// A fresh directory on a disk, where syncing takes time. So most of the time passes between writing
/// something and naming it.
pub(crate) fn on_disk() -> TempDir {
    let parent = env!("CARGO_TARGET_TMPDIR");
    fs::create_dir_all(parent).unwrap();
    tempfile::tempdir_in(parent).unwrap()
}

/// Whether a segment file is shorter than its header says, or than a header.
fn is_part(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap();
    let length = bytes.get(88..96).map(|it| u64::from_le_bytes(it.try_into().unwrap()));
    length.is_none_or(|length| (bytes.len() as u64) < length)
}

/// Whether a store holds these ids, each with the vector of its version.
fn holds(reader: &Reader, expected: &BTreeMap<u64, u64>) -> bool {
    let is_close = |(&id, &version): (&u64, &u64)| {
        let stored = reader.vector(id).unwrap_or_default();
        let same = |(a, b): (&f32, f32)| (a - b).abs() < 0.01;
        stored.len() == DIM && stored.iter().zip(vector(id, version, DIM)).all(same)
    };
    reader.ids().iter().eq(expected.keys()) && expected.iter().all(is_close)
}
