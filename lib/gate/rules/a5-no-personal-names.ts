import { at, list, type Resource } from '../model/graph.ts';
import { metrics } from '../relations/alarms.ts';
import { heldBy, type Rule } from '../rule.ts';

/** Words of which each tells of one person, by itself or by what it holds. */
const personal =
  /(first|last|full|applicant|customer|person|maiden)_?-?name|e-?mail|phone|post_?-?code|zip_?-?code|birth|passport|iban|sort_?-?code|ssn|(applicant|customer|user|subject|application)_?-?id$/i;

/** The names that each kind of resource gives to logs and metrics. */
const namesOf: Readonly<Record<string, (properties: Resource['properties']) => readonly unknown[]>> = {
  'AWS::CloudWatch::Alarm': (properties) =>
    metrics(properties).flatMap((metric) => [at(metric, 'MetricName'), ...dimensionNames(at(metric, 'Dimensions'))]),
  'AWS::Logs::MetricFilter': (properties) =>
    list(properties['MetricTransformations']).flatMap((each) => [
      at(each, 'MetricName'),
      ...dimensionNames(at(each, 'Dimensions')),
    ]),
  'AWS::Logs::LogGroup': (properties) => [properties['LogGroupName']],
  'AWS::ApiGatewayV2::Stage': (properties) => fieldsOf(at(properties, 'AccessLogSettings', 'Format')),
  'AWS::ApiGateway::Stage': (properties) => fieldsOf(at(properties, 'AccessLogSetting', 'Format')),
};

export const noPersonalNames: Rule = {
  id: 'A5',
  pillar: 'accountability',
  promise: 'No name of a log, a metric or a field of an access log holds personal data.',
  why: 'Names are copied into bills, dashboards and tickets, where nobody can erase them.',
  evidenceFor: 'GDPR Art. 5(1)(c), 25(1)',
  fix: "dimensionsMap: { service: 'consumer' }, never a person or a case",
  subjects: (graph) => graph.ofType(...Object.keys(namesOf)),
  judge(resource) {
    const names = (namesOf[resource.type]?.(resource.properties) ?? []).filter((name) => typeof name === 'string');
    const found = names.filter((name) => personal.test(name));
    return heldBy(found.length === 0 ? [resource] : [], `${found.join(', ')} names a person or one case`);
  },
};

function dimensionNames(dimensions: unknown): unknown[] {
  return list(dimensions).flatMap((each) => [at(each, 'Name'), at(each, 'Key')]);
}

function fieldsOf(format: unknown): readonly string[] {
  return [...JSON.stringify(format ?? '').matchAll(/\$context\.([\w.]+)/g)].map(([, field = '']) => field);
}
