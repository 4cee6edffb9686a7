//! The beginning of a file of weights, which is read when it is opened: all but the matrices.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::header::{Header, Kind};
use crate::{BLOCK, TowerError};

pub(crate) struct WeightsFile {
    pub(crate) file: File,
    pub(crate) header: Header,
    /// Gains and shifts of all layer normalisations, in the order of their use.
    pub(crate) norms: Vec<f32>,
    /// What is added to each token of a picture.
    pub(crate) positions: Vec<f32>,
}

impl WeightsFile {
    /// Opens a file with the weights of a tower of this kind.
    pub(crate) fn open(kind: Kind, path: &Path) -> Result<Self, TowerError> {
        let not_found = |source| TowerError::NotFound { path: path.to_owned(), source };
        let invalid = |what| TowerError::Invalid { path: path.to_owned(), what };
        let mut file = File::open(path).map_err(not_found)?;
        let about = file.metadata().map_err(not_found)?;
        if !about.is_file() {
            return Err(invalid("it is no file".to_owned()));
        }
        let mut first = [0; BLOCK];
        let cannot = |error: io::Error| invalid(unreadable(&error));
        file.read_exact(&mut first).map_err(cannot)?;
        let header = Header::parse(kind, &first, about.len()).map_err(invalid)?;
        let [norms, positions] = [header.norms(), header.positions()]
            .map(|count| floats(&mut file, count).map_err(cannot));
        Ok(Self { file, header, norms: norms?, positions: positions? })
    }
}

/// The next floats, which zeros fill up to a whole number of blocks.
fn floats(file: &mut File, count: usize) -> io::Result<Vec<f32>> {
    let mut bytes = vec![0; (4 * count).next_multiple_of(BLOCK)];
    file.read_exact(&mut bytes)?;
    let floats = bytes.as_chunks().0.iter().take(count);
    Ok(floats.map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// Half a sentence about a file that could be opened and not read.
pub(crate) fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        _ => format!("it cannot be read ({error})"),
    }
}
