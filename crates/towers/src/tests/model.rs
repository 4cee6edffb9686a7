//! Towers of random weights: as a file, and computed plainly with 64-bit floats.

use crate::{Activation, BLOCK, OUTPUTS, Precision};

/// Sizes of a tower.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) heads: usize,
    pub(crate) head: usize,
    pub(crate) layers: usize,
    pub(crate) inner: usize,
    pub(crate) dims: usize,
    pub(crate) activation: Activation,
    pub(crate) precision: Precision,
    pub(crate) seed: u64,
    /// Sides of the pictures and of a patch; a text tower without.
    pub(crate) image: Option<(usize, usize)>,
}

/// `weights[output][input]`, as a file holds them: already rounded where they are bytes.
#[derive(Debug)]
struct Matrix {
    inputs: usize,
    /// Without a scale, floats.
    weights: Vec<Vec<f32>>,
    scales: Option<Vec<f32>>,
    biases: Vec<f32>,
}

/// Gain and shift.
type Norm = [Vec<f32>; 2];

#[derive(Debug)]
struct Block {
    norms: [Norm; 2],
    qkv: Matrix,
    out: Matrix,
    fc1: Matrix,
    fc2: Matrix,
}

/// What an image tower has before its blocks.
#[derive(Debug)]
struct Beginning {
    patches: Matrix,
    /// The class token's first.
    positions: Vec<f32>,
    norm: Norm,
}

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) config: Config,
    beginning: Option<Beginning>,
    blocks: Vec<Block>,
    last: Norm,
    projection: Matrix,
}

pub(crate) const EPSILON: f32 = 1e-5;
pub(crate) const CONTEXT: usize = 77;

/// Pseudo-random numbers from −1 to 1, the same for the same seed.
pub(crate) fn numbers(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    }
}

impl Config {
    pub(crate) fn width(&self) -> usize {
        self.heads * self.head
    }

    /// Rows of a text: usual ones, and a first one that is a hundred times as large.
    pub(crate) fn rows(&self, tokens: usize) -> Vec<f32> {
        let mut next = numbers(self.seed ^ 0xfeed);
        let size = |at| if at < self.width() { 100.0 } else { 1.0 };
        (0..tokens * self.width()).map(|at| size(at) * next()).collect()
    }

    /// A picture of noise.
    pub(crate) fn pixels(&self) -> Vec<u8> {
        let mut next = numbers(self.seed ^ 0xbeef);
        let size = self.image.map_or(0, |(size, _)| size);
        (0..3 * size * size).map(|_| ((next() * 128.0) as i8).cast_unsigned()).collect()
    }
}

impl Model {
    pub(crate) fn random(config: &Config) -> Self {
        let mut next = numbers(config.seed);
        let (width, inner, dims) = (config.width(), config.inner, config.dims);
        let mut matrix = |inputs: usize, outputs: usize, precision: Precision, biased: bool| {
            let spread = 1.7 / (inputs as f32).sqrt();
            let mut values = |count| (0..count).map(|_| next()).collect::<Vec<f32>>();
            let weights = (0..outputs).map(|_| values(inputs));
            let weights = match precision {
                Precision::Fp32 => weights
                    .map(|row| row.iter().map(|value| value * spread).collect())
                    .collect::<Vec<Vec<f32>>>(),
                Precision::Int8 => {
                    weights.map(|row| row.iter().map(|v| (v * 127.0).round()).collect()).collect()
                }
            };
            let biases =
                values(outputs).iter().map(|v| if biased { v * 0.1 } else { 0.0 }).collect();
            let scales = values(outputs).iter().map(|v| spread / 127.0 * (1.0 + v / 2.0)).collect();
            let scales = (precision == Precision::Int8).then_some(scales);
            Matrix { inputs, weights, scales, biases }
        };
        let precision = config.precision;
        let mut matrices: Vec<[Matrix; 4]> = Vec::new();
        for _ in 0..config.layers {
            matrices.push([
                matrix(width, 3 * width, precision, true),
                matrix(width, width, precision, true),
                matrix(width, inner, precision, true),
                matrix(inner, width, precision, true),
            ]);
        }
        let projection = matrix(width, dims, Precision::Fp32, false);
        let patches =
            config.image.map(|(_, patch)| matrix(3 * patch * patch, width, precision, true));
        let mut norm = || {
            let mut values = |middle: f32| (0..width).map(|_| middle + 0.2 * next()).collect();
            [values(1.0), values(0.0)]
        };
        let blocks = matrices
            .into_iter()
            .map(|[qkv, out, fc1, fc2]| Block { norms: [norm(), norm()], qkv, out, fc1, fc2 })
            .collect();
        let last = norm();
        let first = norm();
        let beginning = patches.map(|mut patches| {
            // Pixels are up to 255.
            let values = patches.scales.iter_mut().flatten();
            values.for_each(|scale| *scale /= 128.0);
            if patches.scales.is_none() {
                patches.weights.iter_mut().flatten().for_each(|weight| *weight /= 128.0);
            }
            let (size, patch) = config.image.expect("it has patches");
            let tokens = (size / patch).pow(2) + 1;
            let positions = (0..tokens * width).map(|_| next()).collect();
            Beginning { patches, positions, norm: first }
        });
        Self { config: config.clone(), beginning, blocks, last, projection }
    }

    /// The file that `text-weights-file.ts` would write.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Config { heads, layers, inner, dims, .. } = self.config;
        let mut file = if self.config.image.is_some() { b"clipVIEW" } else { b"clipTEXT" }.to_vec();
        let precision = u32::from(self.config.precision == Precision::Int8);
        let activation = match self.config.activation {
            Activation::Gelu => 0,
            Activation::QuickGelu => 1,
            Activation::GeluTanh => 2,
        };
        let sizes = [self.config.width(), heads, layers, inner, dims].map(|size| size as u32);
        for field in [1, precision].into_iter().chain(sizes).chain([activation]) {
            file.extend(field.to_le_bytes());
        }
        file.extend(EPSILON.to_le_bytes());
        let (context, patch) = self.config.image.unwrap_or((CONTEXT, 0));
        file.extend((context as u32).to_le_bytes());
        file.extend((patch as u32).to_le_bytes());
        file.resize(60, 0);
        file.extend(crc32fast::hash(&file).to_le_bytes());
        let first = self.beginning.iter().map(|beginning| &beginning.norm);
        let norms =
            first.chain(self.blocks.iter().flat_map(|block| &block.norms)).chain([&self.last]);
        file.extend(norms.flatten().flatten().flat_map(|value| value.to_le_bytes()));
        file.resize(file.len().next_multiple_of(BLOCK), 0);
        if let Some(Beginning { positions, patches, .. }) = &self.beginning {
            file.extend(positions.iter().flat_map(|value| value.to_le_bytes()));
            file.resize(file.len().next_multiple_of(BLOCK), 0);
            patches.append(&mut file);
        }
        for Block { qkv, out, fc1, fc2, .. } in &self.blocks {
            for matrix in [qkv, out, fc1, fc2] {
                matrix.append(&mut file);
            }
        }
        self.projection.append(&mut file);
        file
    }

    /// The vector of a text, by the definition and nothing else, where each number of a token's state is off by up
    /// to `noise` times the largest one, from the start and after each sum: what roundings of that size can make of
    /// it. Normalising few numbers that lie close together makes any error large, so that no one bound holds for
    /// every tower.
    pub(crate) fn text_vector(&self, rows: &[f32], noise: f64, seed: u64) -> Vec<f64> {
        let rows = rows.chunks_exact(self.config.width());
        let state = rows.map(|row| row.iter().map(|value| f64::from(*value)).collect()).collect();
        let state = self.transformed(state, true, noise, seed);
        self.projection.times(&normalized(state.last().unwrap(), &self.last))
    }

    /// The same of a picture.
    pub(crate) fn image_vector(&self, pixels: &[u8], noise: f64, seed: u64) -> Vec<f64> {
        let (size, patch) = self.config.image.unwrap();
        let Beginning { patches, positions, norm } = self.beginning.as_ref().unwrap();
        let across = size / patch;
        let row = |token: usize| {
            let (top, left) = (token / across * patch, token % across * patch);
            let places = (0..patch * patch).map(|at| (top + at / patch, left + at % patch));
            let values = places.flat_map(|(y, x)| &pixels[3 * (y * size + x)..][..3]);
            patches.times(&values.map(|value| f64::from(*value)).collect::<Vec<_>>())
        };
        let class = vec![0.0; self.config.width()];
        let tokens = [class].into_iter().chain((0..across * across).map(row));
        let mut state: Vec<Vec<f64>> = tokens.collect();
        for (row, position) in state.iter_mut().zip(positions.chunks_exact(self.config.width())) {
            add(row, &position.iter().map(|value| f64::from(*value)).collect::<Vec<_>>());
            *row = normalized(row, norm);
        }
        let state = self.transformed(state, false, noise, seed);
        self.projection.times(&normalized(&state[0], &self.last))
    }

    /// All tokens after all blocks.
    fn transformed(
        &self,
        mut state: Vec<Vec<f64>>,
        causal: bool,
        noise: f64,
        seed: u64,
    ) -> Vec<Vec<f64>> {
        let mut next = numbers(seed);
        let mut disturb = |row: &mut Vec<f64>| {
            let largest = row.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
            for value in row {
                *value += f64::from(next()) * noise * largest;
            }
        };
        state.iter_mut().for_each(&mut disturb);
        for Block { norms, qkv, out, fc1, fc2 } in &self.blocks {
            let wide: Vec<Vec<f64>> =
                state.iter().map(|row| qkv.times(&normalized(row, &norms[0]))).collect();
            for (token, row) in state.iter_mut().enumerate() {
                let visible = if causal { &wide[..=token] } else { &wide };
                add(row, &out.times(&self.attended(&wide[token], visible)));
                disturb(row);
                let mut inner = fc1.times(&normalized(row, &norms[1]));
                for value in &mut inner {
                    *value = activated(self.config.activation, *value);
                }
                add(row, &fc2.times(&inner));
                disturb(row);
            }
        }
        state
    }

    /// What a token makes of those that it sees.
    fn attended(&self, query: &[f64], wide: &[Vec<f64>]) -> Vec<f64> {
        let (width, head) = (self.config.width(), self.config.head);
        let mut out = vec![0.0; width];
        for start in (0..width).step_by(head) {
            let score = |other: &Vec<f64>| {
                let products = (start..start + head).map(|at| query[at] * other[width + at]);
                products.sum::<f64>() / (head as f64).sqrt()
            };
            let scores: Vec<f64> = wide.iter().map(score).collect();
            let largest = scores.iter().copied().fold(f64::MIN, f64::max);
            let whole: f64 = scores.iter().map(|score| (score - largest).exp()).sum();
            for (other, score) in wide.iter().zip(scores) {
                for at in start..start + head {
                    out[at] += (score - largest).exp() / whole * other[2 * width + at];
                }
            }
        }
        out
    }
}

impl Matrix {
    fn append(&self, file: &mut Vec<u8>) {
        let outputs = self.weights.len();
        let at = |values: &[f32], output: usize| values.get(output).copied().unwrap_or(0.0);
        let weight = |output: usize, input: usize| {
            self.weights.get(output).and_then(|row| row.get(input)).copied().unwrap_or(0.0)
        };
        for first in (0..outputs).step_by(OUTPUTS) {
            let panel = first..first + OUTPUTS;
            file.extend(panel.clone().flat_map(|output| at(&self.biases, output).to_le_bytes()));
            let Some(scales) = &self.scales else {
                for input in 0..self.inputs {
                    file.extend(
                        panel.clone().flat_map(|output| weight(output, input).to_le_bytes()),
                    );
                }
                continue;
            };
            file.extend(panel.clone().flat_map(|output| at(scales, output).to_le_bytes()));
            let sum =
                |output: usize| (0..self.inputs).map(|input| weight(output, input)).sum::<f32>();
            file.extend(panel.clone().flat_map(|output| sum(output).to_le_bytes()));
            for four in (0..self.inputs).step_by(4) {
                for output in panel.clone() {
                    file.extend(
                        (four..four + 4).map(|input| (weight(output, input) as i8).cast_unsigned()),
                    );
                }
            }
        }
    }

    fn times(&self, row: &[f64]) -> Vec<f64> {
        let output = |(at, weights): (usize, &Vec<f32>)| {
            let sum: f64 = weights.iter().zip(row).map(|(w, value)| f64::from(*w) * value).sum();
            let scale = self.scales.as_ref().map_or(1.0, |scales| f64::from(scales[at]));
            sum * scale + f64::from(self.biases[at])
        };
        self.weights.iter().enumerate().map(output).collect()
    }
}

fn add(row: &mut [f64], other: &[f64]) {
    row.iter_mut().zip(other).for_each(|(value, other)| *value += other);
}

fn normalized(row: &[f64], [gain, shift]: &Norm) -> Vec<f64> {
    let mean = row.iter().sum::<f64>() / row.len() as f64;
    let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / row.len() as f64;
    let scale = (variance + f64::from(EPSILON)).sqrt();
    let value = |((value, gain), shift): ((&f64, &f32), &f32)| {
        (value - mean) / scale * f64::from(*gain) + f64::from(*shift)
    };
    row.iter().zip(gain).zip(shift).map(value).collect()
}

pub(crate) fn activated(activation: Activation, x: f64) -> f64 {
    match activation {
        Activation::Gelu => 0.5 * x * (1.0 + erf(x / 2f64.sqrt())),
        Activation::QuickGelu => x / (1.0 + (-1.702 * x).exp()),
        Activation::GeluTanh => {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            0.5 * x * (1.0 + inner.tanh())
        }
    }
}

/// The error function by its series, to eight digits.
fn erf(x: f64) -> f64 {
    if x.abs() > 4.0 {
        return x.signum();
    }
    let (mut sum, mut power) = (0.0, x);
    for n in 0..120 {
        let n = f64::from(n);
        sum += power / (2.0 * n + 1.0);
        power *= -x * x / (n + 1.0);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}
