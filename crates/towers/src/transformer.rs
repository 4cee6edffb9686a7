//! The transformer itself (Vaswani et al. 2017; Radford et al. 2021): blocks with normalisation first, and a
//! projection.

use std::io;

use crate::attention::{Attention, Sight, Wanted};
use crate::elementwise::normalize;
use crate::header::{Activation, Header, Layer};
use crate::instructions::{Four, GROUP, InstructionSet, multiply_bytes, multiply_floats};
use crate::panels::{Form, PanelSource, Panels};
use crate::quantized::QuantizedRows;
use crate::{OUTPUTS, floats_of};

/// How many outputs a group of panels has.
const GROUP_OUTPUTS: usize = GROUP * OUTPUTS;

/// What becomes of a layer's outputs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Put {
    /// They take the place of what is there.
    Over,
    /// They are added to it.
    Onto,
    /// The function is applied first.
    Activated(Activation),
}

/// Some tokens on their way through a tower, with what was computed last and the weights that come next.
pub(crate) struct Pass<'a, Set, Source> {
    set: Set,
    source: Source,
    /// The matrices that come next.
    layers: std::vec::IntoIter<Layer>,
    /// The same of the layer normalisations.
    norms: &'a [f32],
    header: &'a Header,
    products: &'a mut Products,
}

/// Memory for tokens, which every pass of a tower uses again.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    normed: Vec<f32>,
    wide: Vec<f32>,
    attended: Vec<f32>,
    attention: Attention,
}

/// The same for what a product needs.
#[derive(Debug, Default)]
pub(crate) struct Products {
    quantized: QuantizedRows,
    float_sums: Vec<[f32; OUTPUTS]>,
    byte_sums: Vec<[i32; OUTPUTS]>,
}

impl<'a, Set: InstructionSet, Source: PanelSource> Pass<'a, Set, Source> {
    pub(crate) fn new(
        set: Set,
        source: Source,
        header: &'a Header,
        norms: &'a [f32],
        products: &'a mut Products,
    ) -> Self {
        let layers: Vec<Layer> = header.matrices().collect();
        Self { set, source, layers: layers.into_iter(), norms, header, products }
    }

    /// All blocks and the projection of one token: the last that texts have, of pictures the first. `state` has a row
    /// for each token.
    pub(crate) fn transform(
        &mut self,
        mut state: Vec<f32>,
        sight: Sight,
        Tokens { normed, wide, attended, attention }: &mut Tokens,
    ) -> io::Result<Vec<f32>> {
        let Header { width, heads, layers, activation, .. } = *self.header;
        let tokens = state.len() / width;
        let wanted = if sight == Sight::Back { tokens - 1 } else { 0 };
        for layer in 0..layers {
            self.normalize(&state, normed);
            self.apply(normed, Put::Over, wide)?;
            // Only one token's vector is wanted: after the last attention the others are dropped.
            let is_last = layer + 1 == layers;
            let rows: Wanted = if is_last { wanted..wanted + 1 } else { 0..tokens };
            attention.attend(self.set, wide, [width, heads], sight, rows.clone(), attended);
            state.truncate(rows.end * width);
            state.drain(..rows.start * width);
            self.apply(attended, Put::Onto, &mut state)?;

            self.normalize(&state, normed);
            self.apply(normed, Put::Activated(activation), wide)?;
            self.apply(wide, Put::Onto, &mut state)?;
        }
        self.normalize(&state, normed);
        let mut vector = Vec::new();
        self.apply(normed, Put::Over, &mut vector)?;
        Ok(vector)
    }

    /// The next layer normalisation of each row.
    pub(crate) fn normalize(&mut self, state: &[f32], out: &mut Vec<f32>) {
        let Header { width, epsilon, .. } = *self.header;
        let (gain, rest) = self.norms.split_at(width);
        let (shift, rest) = rest.split_at(width);
        self.norms = rest;
        out.resize(state.len(), 0.0);
        let set = self.set;
        set.run(|| {
            for (row, out) in state.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
                normalize(set, row, [gain, shift], epsilon, out);
            }
        });
    }

    /// Puts the next matrix's outputs for some rows into or onto `out`, row after row.
    fn apply(&mut self, rows: &[f32], put: Put, out: &mut Vec<f32>) -> io::Result<()> {
        let layer = self.next();
        match layer.form {
            Form::Floats => self.multiply_floats(layer, rows, put, out),
            Form::Bytes => {
                let quantized = &mut self.products.quantized;
                self.set.run(|| quantized.round(rows, layer.inputs));
                self.multiply_bytes(layer, put, out)
            }
        }
    }

    /// The same for rows of bytes, as many as `fill` is given room for.
    pub(crate) fn apply_to_bytes(
        &mut self,
        rows: usize,
        fill: impl FnOnce(&mut [Four]),
        out: &mut Vec<f32>,
    ) -> io::Result<()> {
        let layer = self.next();
        self.products.quantized.take(rows, layer.inputs, fill);
        match layer.form {
            Form::Floats => {
                let codes = self.products.quantized.rows();
                let floats = codes.flat_map(|row| &row.as_flattened()[..layer.inputs]);
                let floats: Vec<f32> = floats.map(|byte| f32::from(*byte)).collect();
                self.multiply_floats(layer, &floats, Put::Over, out)
            }
            Form::Bytes => self.multiply_bytes(layer, Put::Over, out),
        }
    }

    fn next(&mut self) -> Layer {
        self.layers.next().expect("the header says how many there are")
    }

    fn multiply_floats(
        &mut self,
        layer: Layer,
        rows: &[f32],
        put: Put,
        out: &mut Vec<f32>,
    ) -> io::Result<()> {
        let (set, sums) = (self.set, &mut self.products.float_sums);
        let rows: Vec<&[f32]> = rows.chunks_exact(layer.inputs).collect();
        make_room(layer, rows.len(), put, out);
        sums.resize(rows.len() * GROUP, [0.0; OUTPUTS]);
        self.source.panels(layer, |first, panels| {
            for (at, panels) in panels.groups(GROUP) {
                let count = panels.count();
                multiply_floats(set, &rows, panels, sums, GROUP);
                let [biases] = heads(panels);
                let sums = sums.as_flattened().as_chunks::<GROUP_OUTPUTS>().0.iter();
                set.run(|| {
                    for (sums, out) in sums.zip(columns(out, layer, first + at, count)) {
                        put_outputs(set, put, out, |at| sums[at] + biases[at]);
                    }
                });
            }
        })
    }

    /// Multiplies the rows that were rounded last.
    fn multiply_bytes(&mut self, layer: Layer, put: Put, out: &mut Vec<f32>) -> io::Result<()> {
        let set = self.set;
        let Products { quantized, byte_sums: sums, .. } = &mut *self.products;
        let rows: Vec<&[Four]> = quantized.rows().collect();
        make_room(layer, rows.len(), put, out);
        sums.resize(rows.len() * GROUP, [0; OUTPUTS]);
        self.source.panels(layer, |first, panels| {
            for (at, panels) in panels.groups(GROUP) {
                let count = panels.count();
                multiply_bytes(set, &rows, panels, sums, GROUP);
                let [biases, scales, weights] = heads(panels);
                let sums = sums.as_flattened().as_chunks::<GROUP_OUTPUTS>().0.iter();
                set.run(|| {
                    let rows = sums.zip(quantized.scales());
                    for ((sums, row), out) in rows.zip(columns(out, layer, first + at, count)) {
                        put_outputs(set, put, out, |at| {
                            row.output(set, sums[at], weights[at], scales[at], biases[at])
                        });
                    }
                });
            }
        })
    }
}

fn make_room(layer: Layer, rows: usize, put: Put, out: &mut Vec<f32>) {
    match put {
        Put::Onto => assert_eq!(out.len(), rows * layer.outputs, "a row for each"),
        Put::Over | Put::Activated(_) => out.resize(rows * layer.outputs, 0.0),
    }
}

/// What the panels of a group have before their weights, those of each kind side by side.
fn heads<const COUNT: usize>(panels: Panels<'_>) -> [[f32; GROUP_OUTPUTS]; COUNT] {
    let mut heads = [[0.0; GROUP_OUTPUTS]; COUNT];
    for panel in 0..panels.count() {
        for (head, block) in heads.iter_mut().zip(panels.head(panel)) {
            head[panel * OUTPUTS..][..OUTPUTS].copy_from_slice(&floats_of(block));
        }
    }
    heads
}

/// Of each row of a layer's outputs those of some panels; the last panel may be beyond the end.
fn columns(
    out: &mut [f32],
    layer: Layer,
    panel: usize,
    count: usize,
) -> impl Iterator<Item = &mut [f32]> {
    let columns = panel * OUTPUTS..((panel + count) * OUTPUTS).min(layer.outputs);
    out.chunks_exact_mut(layer.outputs).map(move |row| &mut row[columns.clone()])
}

/// Puts outputs of a group into a part of a row. Computes also those that no panel has: the compiler makes vectors
/// of whole groups only.
#[inline(always)]
fn put_outputs<Set: InstructionSet>(
    set: Set,
    put: Put,
    out: &mut [f32],
    of: impl Fn(usize) -> f32,
) {
    let mut values = [0.0; GROUP_OUTPUTS];
    for (at, value) in values.iter_mut().enumerate() {
        *value = of(at);
    }
    if let Put::Activated(activation) = put {
        activation.apply(set, &mut values);
    }
    let (out, rest) = out.as_chunks_mut::<OUTPUTS>();
    let end = &values[out.len() * OUTPUTS..];
    let values = values.as_chunks::<OUTPUTS>().0;
    if let Put::Onto = put {
        for (out, values) in out.iter_mut().zip(values) {
            out.iter_mut().zip(values).for_each(|(out, value)| *out += value);
        }
        rest.iter_mut().zip(end).for_each(|(out, value)| *out += value);
    } else {
        out.iter_mut().zip(values).for_each(|(out, values)| *out = *values);
        rest.iter_mut().zip(end).for_each(|(out, value)| *out = *value);
    }
}
