//! The transformer itself (Radford et al. 2021): blocks with normalisation first, and a projection.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::attention::attend;
use crate::elementwise::normalize;
use crate::header::{Header, Layer};
use crate::kernel::{Four, Products};
use crate::panels::{Form, PanelReader};
use crate::quantized::QuantizedRows;
use crate::{BLOCK, OUTPUTS, TowerError, floats_of};

/// A text tower whose weights are in a file.
#[derive(Debug)]
pub struct TextTower {
    path: PathBuf,
    file: File,
    header: Header,
    /// Gains and shifts of all layer normalisations, in the order of their use.
    norms: Vec<f32>,
    products: Products,
}

/// Whether outputs take the place of what is there or are added to it.
#[derive(Debug, Clone, Copy)]
enum Put {
    Over,
    Onto,
}

impl TextTower {
    /// Opens a file of weights: reads its header and the layer normalisations.
    ///
    /// # Errors
    ///
    /// [`TowerError::NotFound`] when it cannot be opened, [`TowerError::Invalid`] when it is no such file,
    /// or of another length than its header says, [`TowerError::Kernel`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, TowerError> {
        Self::open_with(path.as_ref(), Products::active()?)
    }

    /// [`open`](Self::open), on the instruction set of `products`.
    pub(crate) fn open_with(path: &Path, products: Products) -> Result<Self, TowerError> {
        let not_found = |source| TowerError::NotFound { path: path.to_owned(), source };
        let invalid = |what| TowerError::Invalid { path: path.to_owned(), what };
        let mut file = File::open(path).map_err(not_found)?;
        let about = file.metadata().map_err(not_found)?;
        if !about.is_file() {
            return Err(invalid("it is no file".to_owned()));
        }
        let mut first = [0; BLOCK];
        file.read_exact(&mut first).map_err(|error| invalid(unreadable(&error)))?;
        let header = Header::parse(&first, about.len()).map_err(invalid)?;
        let mut bytes = vec![0; 4 * header.norms()];
        file.read_exact(&mut bytes).map_err(|error| invalid(unreadable(&error)))?;
        let norms = bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Ok(Self { path: path.to_owned(), file, header, norms, products })
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
        let Header { width, context, .. } = self.header;
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
        (&self.file).seek(SeekFrom::Start(self.header.matrices_start()))?;
        std::thread::scope(|scope| {
            let panels = PanelReader::start(scope, &self.file, self.header.matrices())?;
            let matrices = self.header.matrices();
            let (products, quantized) = (self.products, QuantizedRows::default());
            self.transform(rows, Linear { matrices, panels, products, quantized })
        })
    }

    fn transform(
        &self,
        mut state: Vec<f32>,
        mut linear: Linear<impl Iterator<Item = Layer>>,
    ) -> io::Result<Vec<f32>> {
        let Header { width, heads, layers, activation, epsilon, .. } = self.header;
        let mut norms = self.norms.chunks_exact(width);
        let mut norm = |state: &[f32], normed: &mut Vec<f32>| {
            let mut next = || norms.next().expect("the header says how many there are");
            let (gain, shift) = (next(), next());
            normed.clear();
            normed.resize(state.len(), 0.0);
            for (row, out) in state.chunks_exact(width).zip(normed.chunks_exact_mut(width)) {
                normalize(row, gain, shift, epsilon, out);
            }
        };
        let (mut normed, mut wide, mut attended) = (Vec::new(), Vec::new(), Vec::new());
        for layer in 0..layers {
            norm(&state, &mut normed);
            linear.apply(&normed, Put::Over, &mut wide)?;
            // Only the last token's vector is wanted: after the last attention the others are dropped.
            let first = if layer + 1 == layers { state.len() / width - 1 } else { 0 };
            attend(&wide, width, heads, first, &mut attended);
            state.drain(..first * width);
            linear.apply(&attended, Put::Onto, &mut state)?;

            norm(&state, &mut normed);
            linear.apply(&normed, Put::Over, &mut wide)?;
            activation.apply(&mut wide);
            linear.apply(&wide, Put::Onto, &mut state)?;
        }
        norm(&state, &mut normed);
        let mut vector = Vec::new();
        linear.apply(&normed, Put::Over, &mut vector)?;
        Ok(vector)
    }
}

/// Goes through the matrices of a file, in the order in which they are stored.
struct Linear<Matrices> {
    matrices: Matrices,
    panels: PanelReader,
    products: Products,
    quantized: QuantizedRows,
}

impl<Matrices: Iterator<Item = Layer>> Linear<Matrices> {
    /// Puts the next matrix's outputs for some rows into or onto `out`, row after row.
    fn apply(&mut self, rows: &[f32], put: Put, out: &mut Vec<f32>) -> io::Result<()> {
        let layer = self.matrices.next().expect("the header says how many there are");
        let count = rows.len() / layer.inputs;
        if matches!(put, Put::Over) {
            out.clear();
            out.resize(count * layer.outputs, 0.0);
        }
        let mut outputs = |row: usize, panel: usize, values: [f32; OUTPUTS]| {
            let row = &mut out[row * layer.outputs..(row + 1) * layer.outputs];
            let part = row[panel * OUTPUTS..].iter_mut().zip(values);
            match put {
                Put::Over => part.for_each(|(out, value)| *out = value),
                Put::Onto => part.for_each(|(out, value)| *out += value),
            }
        };
        let products = self.products;
        match layer.form {
            Form::Floats => {
                let rows: Vec<&[f32]> = rows.chunks_exact(layer.inputs).collect();
                let mut sums = vec![[0.0; OUTPUTS]; count];
                self.panels.panels(layer, |panel, blocks| {
                    let biases = floats_of(&blocks[0]);
                    products.floats(&rows, &blocks[1..], &mut sums);
                    for (row, sums) in sums.iter().enumerate() {
                        outputs(row, panel, std::array::from_fn(|at| sums[at] + biases[at]));
                    }
                })
            }
            Form::Bytes => {
                self.quantized.of(rows, layer.inputs);
                let rows: Vec<&[Four]> = self.quantized.rows().collect();
                let mut sums = vec![[0; OUTPUTS]; count];
                self.panels.panels(layer, |panel, blocks| {
                    let [biases, scales, weights] = [0, 1, 2].map(|at| floats_of(&blocks[at]));
                    products.bytes(&rows, &blocks[3..], &mut sums);
                    for ((row, sums), scale) in sums.iter().enumerate().zip(self.quantized.scales())
                    {
                        outputs(row, panel, scale.outputs(sums, &weights, &scales, &biases));
                    }
                })
            }
        }
    }
}

/// Half a sentence about a file that could be opened and not read.
fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        _ => format!("it cannot be read ({error})"),
    }
}
