// ONNX Runtime as native code.
import { createRequire } from 'node:module';
import { type OnnxRuntime, onnx } from './onnx.ts';

await onnx(async () => createRequire(import.meta.url)('onnxruntime-node') as OnnxRuntime);
