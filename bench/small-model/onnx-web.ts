// ONNX Runtime as WebAssembly, on one thread.
import { type OnnxRuntime, onnx } from './onnx.ts';

const name: string = 'onnxruntime-web';
await onnx(async () => {
  const runtime = (await import(name)) as OnnxRuntime & { readonly env: { readonly wasm: { numThreads: number } } };
  runtime.env.wasm.numThreads = 1;
  return runtime;
});
