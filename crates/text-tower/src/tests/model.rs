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

#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) config: Config,
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
        let mut norm = || {
            let mut values = |middle: f32| (0..width).map(|_| middle + 0.2 * next()).collect();
            [values(1.0), values(0.0)]
        };
        let blocks = matrices
            .into_iter()
            .map(|[qkv, out, fc1, fc2]| Block { norms: [norm(), norm()], qkv, out, fc1, fc2 })
            .collect();
        Self { config: config.clone(), blocks, last: norm(), projection }
    }

    /// The file that `text-weights-file.ts` would write.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let Config { heads, layers, inner, dims, .. } = self.config;
        let mut file = b"clipTEXT".to_vec();
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
        file.extend((CONTEXT as u32).to_le_bytes());
        file.resize(60, 0);
        file.extend(crc32fast::hash(&file).to_le_bytes());
        let norms = self.blocks.iter().flat_map(|block| &block.norms).chain([&self.last]);
        file.extend(norms.flatten().flatten().flat_map(|value| value.to_le_bytes()));
        file.resize(file.len().next_multiple_of(BLOCK), 0);
        for Block { qkv, out, fc1, fc2, .. } in &self.blocks {
            for matrix in [qkv, out, fc1, fc2] {
                matrix.append(&mut file);
            }
        }
        self.projection.append(&mut file);
        file
    }

    /// The vector of a text, by the definition and nothing else.
    pub(crate) fn vector(&self, rows: &[f32]) -> Vec<f64> {
        self.disturbed_vector(rows, 0.0, 0)
    }

    /// The vector where each number of a token's state is off by up to `noise` times the largest one, from the start and
    /// after each sum: what roundings of that size can make of it. Normalising few numbers that lie close together makes
    /// any error large, so that no one bound holds for every tower.
    pub(crate) fn disturbed_vector(&self, rows: &[f32], noise: f64, seed: u64) -> Vec<f64> {
        let mut next = numbers(seed);
        let mut disturb = |row: &mut Vec<f64>| {
            let largest = row.iter().fold(0.0f64, |largest, value| largest.max(value.abs()));
            for value in row {
                *value += f64::from(next()) * noise * largest;
            }
        };
        let width = self.config.width();
        let mut state: Vec<Vec<f64>> = rows
            .chunks_exact(width)
            .map(|row| row.iter().map(|value| f64::from(*value)).collect())
            .collect();
        state.iter_mut().for_each(&mut disturb);
        for Block { norms, qkv, out, fc1, fc2 } in &self.blocks {
            let wide: Vec<Vec<f64>> =
                state.iter().map(|row| qkv.times(&normalized(row, &norms[0]))).collect();
            for (token, row) in state.iter_mut().enumerate() {
                add(row, &out.times(&self.attended(&wide[..=token])));
                disturb(row);
                let mut inner = fc1.times(&normalized(row, &norms[1]));
                for value in &mut inner {
                    *value = activated(self.config.activation, *value);
                }
                add(row, &fc2.times(&inner));
                disturb(row);
            }
        }
        self.projection.times(&normalized(state.last().unwrap(), &self.last))
    }

    /// What the last of some tokens makes of all of them.
    fn attended(&self, wide: &[Vec<f64>]) -> Vec<f64> {
        let (width, head) = (self.config.width(), self.config.head);
        let query = wide.last().unwrap();
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
