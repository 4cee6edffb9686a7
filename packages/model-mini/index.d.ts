/** The model directory: model.json, visual/model.onnx, textual/model.onnx and textual/tokenizer.json. */
export declare const directory: string;
