/** The page's style: system fonts, two colour schemes, no request to anywhere. */
export const style = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#16202c;--soft:#55606e;--rule:#dfe3e8;--model:#1d5fb8;--scorecard:#b35309;--policy:#6b7280;--approved:#2f7d4f;--referred:#c58a00;--declined:#a43a4a;--good:#1f7a45;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ground:#10151c;--card:#18202a;--ink:#e8ecf1;--soft:#a3adba;--rule:#2c3642;--model:#6aa7ff;--scorecard:#f0a35c;--policy:#9aa4b2;--approved:#57b07c;--referred:#e0b14a;--declined:#e07f8d;--good:#6fcf97;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:30px;line-height:1.2;margin:0 0 8px;letter-spacing:-.01em}h2{font-size:20px;margin:40px 0 12px}h3{font-size:16px;margin:0 0 4px}
p{margin:0 0 12px;max-width:75ch}.lead,figcaption,.note{color:var(--soft)}.note{font-size:14px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:12px;margin:24px 0 0;padding:0;list-style:none}
.tiles li,figure,.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:16px}
.tiles b{display:block;font-size:24px;white-space:nowrap;line-height:1.2;font-variant-numeric:tabular-nums}.tiles span{color:var(--soft);font-size:14px}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:16px}
figure{margin:0}figcaption{font-size:14px;margin-bottom:8px}svg{display:block;width:100%;height:auto}
svg text{fill:var(--ink);font-size:12px}svg .tick,svg .label{fill:var(--soft)}svg .value{font-weight:600}
.grid{stroke:var(--rule)}.axis{stroke:var(--soft)}.line{fill:none;stroke-width:2.5;stroke-linejoin:round}
.line.model,.dot.model{stroke:var(--model)}.line.scorecard,.dot.scorecard{stroke:var(--scorecard)}.line.policy,.dot.policy{stroke:var(--policy)}
.line.scorecard{stroke-dasharray:8 4}.line.policy{stroke-dasharray:2 4}.line.chance{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4}
.dot{fill:var(--card);stroke-width:2}.bar.model{fill:var(--model)}.bar.scorecard{fill:var(--scorecard)}.bar.policy{fill:var(--policy)}
.part.approved{fill:var(--approved)}.part.referred{fill:var(--referred)}.part.declined{fill:var(--declined)}
.line.badRate{stroke:var(--ink);stroke-width:3}.line.meanProbability{stroke:var(--ink);stroke-dasharray:3 4}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;margin:8px 0 0;padding:0;list-style:none;font-size:14px}
.swatch{display:inline-block;width:14px;height:10px;margin-right:6px;border-radius:2px}
.swatch.model{background:var(--model)}.swatch.scorecard{background:var(--scorecard)}.swatch.policy{background:var(--policy)}
.swatch.approved{background:var(--approved)}.swatch.referred{background:var(--referred)}.swatch.declined{background:var(--declined)}
.swatch.badRate{height:3px;background:var(--ink);vertical-align:middle}.swatch.meanProbability{height:0;border-top:2px dashed var(--ink);vertical-align:middle}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:8px 10px;border-bottom:1px solid var(--rule);vertical-align:top}th{font-weight:600}
tr:last-child td,tr:last-child th{border-bottom:0}td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.held{color:var(--good)}.failed{color:var(--bad);font-weight:700}code{font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.outcome{font-weight:600}.outcome.approved{color:var(--approved)}.outcome.referred{color:var(--referred)}.outcome.declined{color:var(--declined)}
a{color:var(--model)}`;
