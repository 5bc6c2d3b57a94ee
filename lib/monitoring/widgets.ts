import { Duration } from 'aws-cdk-lib';
import { GraphWidget, type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { alarmPeriod } from './alarms.ts';

/** A third of a dashboard's row. */
export function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, width: 8, left });
}

/** A metric that a handler writes itself. */
export function handlerMetric(service: string, metricName: string, statistic = 'Sum', period = alarmPeriod): Metric {
  return new Metric({ namespace: 'Seaworthy', metricName, dimensionsMap: { service }, statistic, period });
}

/** One count in per cent of another, by the hour: by the minute it would be noise. */
export function share(label: string, part: Metric, whole: Metric): MathExpression {
  const period = Duration.hours(1);
  return new MathExpression({
    expression: '100 * part / whole',
    usingMetrics: { part: part.with({ period }), whole: whole.with({ period }) },
    label,
    period,
  });
}
