/** As many methods as one study can tell apart by color and mark, and a few more. */
const mostPositions = 14;

/** What a study's page has beside the style that every report has: toggles, verdicts, and values at the pointer. */
export const studyPageStyle: string = `
.study{margin-top:3.2em;scroll-margin-top:12px}
.study>h2{margin:0 0 .2em}
.study>.kicker{color:var(--muted);font-size:.88rem;margin:0 0 .15em;letter-spacing:.02em}
.claims{display:grid;gap:14px;margin:1em 0 18px;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr))}
.claim{border-left:5px solid var(--accent)}
.claim h3{font-weight:600}
.claim p{margin:0 0 .6em}
.claim details{margin-top:4px}
.claim dl{grid-template-columns:minmax(0,3fr) minmax(0,2fr);font-size:.85rem}
.claim dd{text-align:right}
.claim dd small{display:block;color:var(--muted)}
.badge{display:inline-block;border:1.5px solid currentColor;border-radius:999px;padding:1px 11px;font-size:.86rem;font-weight:600;white-space:nowrap}
.criterion{color:var(--muted);font-size:.86rem}
.methods{border:0;margin:0 0 14px;padding:0;display:flex;flex-wrap:wrap;gap:6px 8px;min-width:0}
.methods legend{float:left;padding:5px 8px 5px 0;color:var(--muted);font-size:.88rem}
.methods label{display:inline-flex;align-items:center;gap:6px;border:1px solid var(--rule);border-radius:999px;padding:4px 12px 4px 9px;background:var(--card);font-size:.9rem;cursor:pointer}
.methods input{margin:0;accent-color:var(--accent)}
.methods .mark{margin:0}
.methods label:has(:focus-visible){outline:3px solid var(--accent);outline-offset:2px}
.methods label:has(input:not(:checked)){color:var(--muted);text-decoration:line-through}
.summary td:nth-child(3),.summary th:nth-child(3){text-align:left}
.summary th:nth-child(2){text-align:left}
.summary th:first-child{width:8.5em}
.summary a{color:inherit}
a{color:var(--accent)}
.tip{position:fixed;z-index:9;max-width:min(330px,calc(100vw - 16px));background:var(--ink);color:var(--page);border-radius:8px;padding:7px 11px;font-size:.86rem;line-height:1.4;pointer-events:none}
.tip[hidden]{display:none}
figure svg path[data-value]{cursor:crosshair}
@media screen{${Array.from(
  { length: mostPositions },
  (_, position) =>
    `.study:has(input[value="${position}"]:not(:checked)) :is(.method_${position}_,[data-method="${position}"]){display:none}`,
).join('')}}
@media print{.tip{display:none}.methods input{display:none}.methods label{text-decoration:none!important;color:inherit!important}.claim,.study>h2{break-inside:avoid}}
`;
