/**
 * The chance that a chi-square variable exceeds `x`: the regularised upper incomplete gamma function Q(df/2, x/2),
 * by its series or its continued fraction (Press et al., Numerical Recipes, 3rd edition, section 6.2).
 *
 * @param df degrees of freedom, at least 1
 */
export function chiSquareSurvival(x: number, df: number): number {
  if (x <= 0) return 1;
  const [a, z] = [df / 2, x / 2];
  const factor = Math.exp(a * Math.log(z) - z - logGamma(a));
  return z < a + 1 ? 1 - factor * series(a, z) : factor * fraction(a, z);
}

/**
 * The value that a chi-square variable exceeds with the given chance, by bisection of {@link chiSquareSurvival}.
 *
 * @param chance above 0 and below 1
 */
export function chiSquareQuantile(chance: number, df: number): number {
  let [low, high] = [0, df + 10];
  while (chiSquareSurvival(high, df) > chance) high *= 2;
  for (let step = 0; step < 200 && high - low > 1e-12 * high; step++) {
    const middle = (low + high) / 2;
    if (chiSquareSurvival(middle, df) > chance) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function series(a: number, z: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; Math.abs(term) > sum * 1e-16; n++) {
    term *= z / (a + n);
    sum += term;
  }
  return sum;
}

/** Lentz's method; the tiny number keeps a denominator from being 0. */
function fraction(a: number, z: number): number {
  const tiny = 1e-300;
  let b = z + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < 10_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / nonZero(an * d + b, tiny);
    c = nonZero(b + an / c, tiny);
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return value;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

/** Lanczos's approximation, g = 7, n = 9: to 15 digits. */
function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const coefficients = [
    0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const t = x + 6.5;
  const sum = coefficients.reduce((total, each, index) => (index === 0 ? each : total + each / (x - 1 + index)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}
