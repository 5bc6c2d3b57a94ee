import { encode } from '../../lambdas/patterns/small-model/encode.ts';
import { subject } from './subject.ts';

interface Tensor {
  readonly data: Float32Array;
}

/** What both forms of ONNX Runtime have in common; they are installed for the benchmark only. */
export interface OnnxRuntime {
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => Tensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: Readonly<Record<string, unknown>>,
    ): Promise<{ run(inputs: Record<string, Tensor>, outputs: string[]): Promise<Record<string, Tensor>> }>;
  };
}

/** The whole model, exported to ONNX. */
export function onnx(runtime: () => Promise<OnnxRuntime>): Promise<void> {
  return subject(async (read, encodings) => {
    const { InferenceSession, Tensor } = await runtime();
    const options = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 };
    const session = await InferenceSession.create(read('model.onnx'), options);
    return async (features) => {
      const input = new Tensor('float32', Float32Array.from(encode(encodings, features)), [1, encodings.length]);
      const { probabilities } = await session.run({ input }, ['probabilities']);
      return probabilities?.data[1] ?? Number.NaN;
    };
  });
}
