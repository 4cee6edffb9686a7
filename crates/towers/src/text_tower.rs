//! Texts: each reads all weights, which no process has before its first text.

use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::TowerError;
use crate::attention::Sight;
use crate::header::{Header, Kind};
use crate::instructions::{Instructions, on};
use crate::panels::PanelReader;
use crate::transformer::{Pass, Products, Tokens};
use crate::weights_file::{WeightsFile, unreadable};

/// A text tower whose weights are in a file.
#[derive(Debug)]
pub struct TextTower {
    path: PathBuf,
    file: File,
    header: Header,
    /// Gains and shifts of all layer normalisations, in the order of their use.
    norms: Vec<f32>,
    instructions: Instructions,
    tokens: Tokens,
    products: Products,
}

impl TextTower {
    /// Opens a file of weights: reads its header and the layer normalisations.
    ///
    /// # Errors
    ///
    /// [`TowerError::NotFound`] when it cannot be opened, [`TowerError::Invalid`] when it is no such file,
    /// or of another length than its header says, [`TowerError::Kernel`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, TowerError> {
        Self::open_with(path.as_ref(), Instructions::active()?)
    }

    /// [`open`](Self::open), with these instructions.
    pub(crate) fn open_with(path: &Path, instructions: Instructions) -> Result<Self, TowerError> {
        let WeightsFile { file, header, norms, .. } = WeightsFile::open(Kind::Text, path)?;
        let (tokens, products) = Default::default();
        Ok(Self { path: path.to_owned(), file, header, norms, instructions, tokens, products })
    }

    /// What the file says of itself.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The vector (`dims` numbers, of any length) of a text. `rows` has `width` numbers for each token up
    /// to the end token: its row of the token table plus that of its place.
    ///
    /// # Errors
    ///
    /// [`TowerError::Rows`] for rows that no text has, [`TowerError::Invalid`] when the file cannot be read.
    pub fn encode(&mut self, rows: &[f32]) -> Result<Vec<f32>, TowerError> {
        let (width, context) = (self.header.width, self.header.tokens());
        let tokens = rows.len() / width;
        if !rows.len().is_multiple_of(width) || !(1..=context).contains(&tokens) {
            return Err(TowerError::Rows { context, width, found: rows.len() });
        }
        self.run(rows.to_vec()).map_err(|error| TowerError::Invalid {
            path: self.path.clone(),
            what: unreadable(&error),
        })
    }

    fn run(&mut self, rows: Vec<f32>) -> io::Result<Vec<f32>> {
        (&self.file).seek(SeekFrom::Start(self.header.matrices_start() as u64))?;
        let Self { file, header, norms, instructions, tokens, products, .. } = self;
        std::thread::scope(|scope| {
            let panels = PanelReader::start(scope, file, header.matrices())?;
            on!(*instructions, set => {
                let mut pass = Pass::new(set, panels, header, norms, products);
                pass.transform(rows, Sight::Back, tokens)
            })
        })
    }
}
