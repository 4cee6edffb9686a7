//! What files contain, off the JavaScript thread.

use clipfind_walk::{Identifier, Identity};
use napi::bindgen_prelude::{BigInt64Array, Buffer};
use napi::{Env, Result, Task};
use napi_derive::napi;

use crate::walk::path_of;

/// What files contain, and what tells that they have not changed since, in the order of their paths.
#[napi(object, object_from_js = false)]
pub struct FileIdentities {
    /// 16 bytes for each file.
    pub hashes: Buffer,
    /// Per file: bytes, mtime and ctime in nanoseconds, inode. All -1: it could not be read.
    pub stats: BigInt64Array,
}

/// Files to identify.
pub struct Identify {
    /// Each followed by a zero byte.
    pub(crate) paths: Vec<u8>,
    pub(crate) most_bytes: u64,
}

#[napi]
impl Task for Identify {
    type Output = Vec<Option<Identity>>;
    type JsValue = FileIdentities;

    fn compute(&mut self) -> Result<Vec<Option<Identity>>> {
        let mut identifier = Identifier::new(self.most_bytes);
        let paths = self.paths.split_inclusive(|&byte| byte == 0);
        Ok(paths
            .map(|path| identifier.identify(&path_of(path.strip_suffix(&[0]).unwrap_or(path))))
            .collect())
    }

    fn resolve(&mut self, _: Env, identities: Vec<Option<Identity>>) -> Result<FileIdentities> {
        let hashes = identities.iter().flat_map(|it| it.map_or([0; 16], |it| it.hash));
        let stats = identities.iter().flat_map(|it| it.map_or([-1; 4], |it| it.stats));
        Ok(FileIdentities {
            hashes: hashes.collect::<Vec<u8>>().into(),
            stats: stats.collect::<Vec<i64>>().into(),
        })
    }
}
