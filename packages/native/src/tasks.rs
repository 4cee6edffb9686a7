//! What runs on Node's worker pool.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clipfind_store::{
    Answer, AppendReport as Appended, Cancel, CompactOptions, CompactReport as Compacted, Reader,
    Writer,
};
use napi::{Env, Result, Task};
use napi_derive::napi;

use crate::convert::{Allowed, coded, count, number};
use crate::{AppendReport, CompactReport, Damage, RepairReport, SearchHits, Verification};

/// A writer whose last call panicked has not committed: the store on disk is whole.
pub(crate) fn locked(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An append.
pub struct Append {
    pub(crate) writer: Arc<Mutex<Writer>>,
    pub(crate) ids: Vec<u64>,
    pub(crate) rows: Vec<f32>,
}

#[napi]
impl Task for Append {
    type Output = Appended;
    type JsValue = AppendReport;

    fn compute(&mut self) -> Result<Appended> {
        locked(&self.writer).append(&self.ids, &self.rows).map_err(coded)
    }

    fn resolve(&mut self, _: Env, report: Appended) -> Result<AppendReport> {
        Ok(AppendReport { appended: count(report.appended), replaced: count(report.replaced) })
    }
}

/// A delete.
pub struct Delete {
    pub(crate) writer: Arc<Mutex<Writer>>,
    pub(crate) ids: Vec<u64>,
}

#[napi]
impl Task for Delete {
    type Output = usize;
    type JsValue = u32;

    fn compute(&mut self) -> Result<usize> {
        locked(&self.writer).delete(&self.ids).map_err(coded)
    }

    fn resolve(&mut self, _: Env, deleted: usize) -> Result<u32> {
        Ok(count(deleted))
    }
}

/// A search.
pub struct Search {
    pub(crate) reader: Reader,
    pub(crate) queries: Vec<f32>,
    pub(crate) k: usize,
    /// Ids, and first and last ids of ranges.
    pub(crate) allowed: Allowed,
    pub(crate) cancel: Cancel,
}

#[napi]
impl Task for Search {
    type Output = Vec<Answer>;
    type JsValue = Vec<SearchHits>;

    fn compute(&mut self) -> Result<Vec<Answer>> {
        let filter = self.allowed.filter()?;
        let options =
            clipfind_store::SearchOptions { filter: filter.as_ref(), cancel: Some(&self.cancel) };
        // What is no whole number of queries is refused as a query of the wrong length.
        let dim = self.reader.dim();
        let queries: Vec<&[f32]> = if self.queries.len().is_multiple_of(dim) {
            self.queries.chunks(dim).collect()
        } else {
            vec![&self.queries]
        };
        self.reader.search_many(&queries, self.k, options).map_err(coded)
    }

    fn resolve(&mut self, _: Env, answers: Vec<Answer>) -> Result<Vec<SearchHits>> {
        Ok(answers
            .into_iter()
            .map(|answer| SearchHits {
                ids: answer.hits.iter().map(|hit| number(hit.id)).collect::<Vec<_>>().into(),
                scores: answer.hits.iter().map(|hit| hit.score).collect::<Vec<_>>().into(),
                scanned: number(answer.scanned),
                rescored: number(answer.rescored),
                missing_shards: answer.missing_shards,
            })
            .collect())
    }
}

/// Sealing the log.
pub struct Seal {
    pub(crate) writer: Arc<Mutex<Writer>>,
}

#[napi]
impl Task for Seal {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        locked(&self.writer).seal().map_err(coded)
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}

/// A compaction.
pub struct Compact {
    pub(crate) writer: Arc<Mutex<Writer>>,
    pub(crate) options: CompactOptions,
    pub(crate) cancel: Cancel,
}

#[napi]
impl Task for Compact {
    type Output = Compacted;
    type JsValue = CompactReport;

    fn compute(&mut self) -> Result<Compacted> {
        let mut report = Compacted::default();
        // The writer is free for appends while a segment is being built.
        loop {
            let job = locked(&self.writer).plan_compaction(&self.options).map_err(coded)?;
            let Some(job) = job else { return Ok(report) };
            let built = job.build(Some(&self.cancel)).map_err(coded)?;
            let mut writer = locked(&self.writer);
            report += writer.install(built).map_err(coded)?;
            writer.forget_previous().map_err(coded)?;
        }
    }

    fn resolve(&mut self, _: Env, report: Compacted) -> Result<CompactReport> {
        Ok(CompactReport {
            merged: count(report.merged),
            written: count(report.written),
            copied: number(report.copied),
            dropped: number(report.dropped),
        })
    }
}

/// A change of the number of shards.
pub struct Reshard {
    pub(crate) writer: Arc<Mutex<Writer>>,
    pub(crate) shards: u32,
    pub(crate) cancel: Cancel,
}

#[napi]
impl Task for Reshard {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        locked(&self.writer).reshard(self.shards, Some(&self.cancel)).map_err(coded)
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}

/// A move of a shard.
pub struct MoveShard {
    pub(crate) writer: Arc<Mutex<Writer>>,
    pub(crate) shard: u32,
    pub(crate) directory: String,
    pub(crate) cancel: Cancel,
}

#[napi]
impl Task for MoveShard {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<()> {
        let to = Path::new(&self.directory);
        locked(&self.writer).move_shard(self.shard, to, Some(&self.cancel)).map_err(coded)
    }

    fn resolve(&mut self, _: Env, (): ()) -> Result<()> {
        Ok(())
    }
}

/// A check of a whole store.
pub struct Verify {
    pub(crate) directory: String,
    pub(crate) cancel: Cancel,
}

#[napi]
impl Task for Verify {
    type Output = clipfind_store::Verification;
    type JsValue = Verification;

    fn compute(&mut self) -> Result<Self::Output> {
        clipfind_store::verify(Path::new(&self.directory), Some(&self.cancel)).map_err(coded)
    }

    fn resolve(&mut self, _: Env, found: Self::Output) -> Result<Verification> {
        Ok(Verification {
            rows: number(found.rows),
            files: u32::try_from(found.files).unwrap_or(u32::MAX),
            damage: damage(found.damage),
            notes: found.notes,
        })
    }
}

/// A repair of a store.
pub struct Repair {
    pub(crate) directory: String,
    pub(crate) cancel: Cancel,
}

#[napi]
impl Task for Repair {
    type Output = clipfind_store::Repair;
    type JsValue = RepairReport;

    fn compute(&mut self) -> Result<Self::Output> {
        clipfind_store::repair(Path::new(&self.directory), Some(&self.cancel)).map_err(coded)
    }

    fn resolve(&mut self, _: Env, done: Self::Output) -> Result<RepairReport> {
        let name = |path: &std::path::PathBuf| path.to_string_lossy().into_owned();
        Ok(RepairReport {
            kept: number(done.kept),
            lost: damage(done.lost),
            renamed: done.renamed.iter().map(name).collect(),
        })
    }
}

fn damage(found: Vec<clipfind_store::Damage>) -> Vec<Damage> {
    let convert = |one: clipfind_store::Damage| Damage {
        path: one.path.to_string_lossy().into_owned(),
        row: one.row,
        what: one.what,
    };
    found.into_iter().map(convert).collect()
}
