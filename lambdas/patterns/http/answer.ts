import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { FieldProblem } from '../application/validate.ts';

/** What the caller did that can't be served: the status says which kind, the fields say where and what to do. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: readonly FieldProblem[];

  constructor(status: number, code: string, fields: readonly FieldProblem[]) {
    super(fields.map(({ field, problem, remedy }) => `${field} ${problem}: ${remedy}`).join('; '));
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

/** A refusal for one field. */
export function refusalOf(status: number, code: string, field: string, problem: string, remedy: string): Refusal {
  return new Refusal(status, code, [{ field, problem, remedy }]);
}

export function answer(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

export function refuse({ status, code, message, fields }: Refusal): APIGatewayProxyStructuredResultV2 {
  return answer(status, { error: { code, message, fields } });
}
