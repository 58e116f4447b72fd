import { customProperties } from '../figures/theme.js';

/** The whole style of a report: light, dark and print, from 320 pixels up. */
export const pageStyle: string = `
:root{color-scheme:light dark;${customProperties('light')}}
@media (prefers-color-scheme:dark){:root{${customProperties('dark')}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:1480px;margin:0 auto;padding:0 clamp(14px,3vw,40px)}
header{padding-top:clamp(24px,4vw,52px)}
h1{font-size:clamp(1.55rem,1.1rem + 1.8vw,2.35rem);line-height:1.18;letter-spacing:-.015em;margin:0 0 .35em;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.25;margin:2.4em 0 .8em;letter-spacing:-.005em}
h3{font-size:1.02rem;line-height:1.35;margin:0 0 .5em}
p{margin:0 0 .8em}
.lead{color:var(--muted);max-width:75ch}
.tags{display:flex;flex-wrap:wrap;gap:6px;list-style:none;margin:14px 0 0;padding:0;font-size:.85rem}
.tags li{border:1px solid var(--rule);border-radius:999px;padding:2px 11px;color:var(--muted);background:var(--card)}
.tags b{color:var(--ink);font-weight:600}
.card{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:clamp(14px,2vw,24px)}
.verdict{margin-top:26px;border-left:5px solid var(--accent)}
.verdict h2{margin:0 0 .45em;font-size:1.35rem}
.verdict p{margin:0;columns:2 38rem;column-gap:3rem}
.figures{display:grid;gap:18px}
@media (min-width:860px){.figures{grid-template-columns:1fr 1fr}.figures>:last-child:nth-child(odd){grid-column:1/-1}}
@media (min-width:1340px){.figures{grid-template-columns:repeat(3,1fr)}.figures>:last-child:nth-child(odd){grid-column:auto}}
figure{margin:0;container-type:inline-size;display:flex;flex-direction:column}
figure svg{display:block;width:100%;height:auto;max-width:640px;margin:4px auto 0}
figure .narrow{display:none}
.stack th:first-child{width:34%}
@container (max-width:420px){figure .wide{display:none}figure .narrow{display:block}}
.axis{color:var(--muted);font-size:.88rem;margin:0}
figcaption{color:var(--muted);font-size:.88rem;margin-top:auto;padding-top:10px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:9px 12px;text-align:right;border-bottom:1px solid var(--rule);vertical-align:top}
th:first-child,td:first-child{text-align:left}
thead th{font-size:.82rem;font-weight:600;color:var(--muted);vertical-align:bottom}
tbody th{font-weight:600}
tbody tr:last-child>*{border-bottom:0}
td>span,td:not(.text){white-space:nowrap}
td small,th small{white-space:normal;display:block;color:var(--muted);font-weight:400;font-size:.82rem;line-height:1.35}
td small.whole{white-space:nowrap}
td.text{text-align:left}
.scroll{overflow-x:auto}
.scroll table{min-width:760px;font-size:.86rem}
.mark{display:inline-block;width:.95em;height:.95em;margin-right:.5em;vertical-align:-.1em}
details{margin-top:16px}
summary{cursor:pointer;color:var(--accent);font-weight:600;padding:6px 0}
summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
.sample+.sample{margin-top:18px}
.prompt{white-space:pre-wrap;margin:0;padding:12px 14px;background:var(--page);border-radius:8px;font-size:.9rem}
.sample details{margin:0}
.answers{display:grid;gap:12px;margin:14px 0 0;grid-template-columns:repeat(auto-fit,minmax(min(100%,210px),1fr))}
.answer{border:1px solid var(--rule);border-top:4px solid var(--tone,var(--muted));border-radius:8px;padding:10px 13px;display:flex;flex-direction:column}
.answer h4{margin:0 0 4px;font-size:.88rem}
.answer p{margin:0;white-space:pre-wrap}
.answer .reward{margin-top:auto;padding-top:8px;color:var(--muted);font-size:.84rem;font-variant-numeric:tabular-nums}
.pair{display:grid;gap:18px;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));align-items:start}
dl{display:grid;grid-template-columns:minmax(110px,max-content) 1fr;gap:5px 18px;margin:0;font-size:.93rem}
dt{color:var(--muted)}
dd{margin:0;font-variant-numeric:tabular-nums}
pre{background:var(--page);border:1px solid var(--rule);border-radius:8px;padding:12px 14px;margin:0;white-space:pre-wrap;font:.92rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.column{display:grid;gap:18px}
.after{margin:.9em 0 0}
.pair h2{margin-top:0;font-size:1.1rem}
footer{color:var(--muted);font-size:.86rem;padding-top:28px;padding-bottom:48px}
@media screen and (max-width:760px){
 .stack,.stack tbody,.stack tr,.stack th,.stack td{display:block;text-align:left}
 .stack thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
 .stack tr{padding:10px 0;border-bottom:1px solid var(--rule)}
 .stack tr:last-child{border-bottom:0}
 .stack th,.stack td,.stack th:first-child{border:0;padding:3px 0;width:auto}
 .stack td[data-label]{display:flex;justify-content:space-between;gap:16px}
 .stack td[data-label]::before{content:attr(data-label);color:var(--muted);flex:none;max-width:50%}
 .stack td>span{text-align:right}
}
@media print{
 :root{${customProperties('light')}}
 body{background:#fff;font-size:11pt}
 main,header,footer{max-width:none;padding-left:0;padding-right:0}
 .card{border-color:#bbb;break-inside:avoid}
 .sample{break-inside:auto}.answer,figure,tr{break-inside:avoid}
 .figures{grid-template-columns:1fr 1fr}.figures>:last-child:nth-child(odd){grid-column:1/-1}
 h2{break-after:avoid}
 details::details-content{content-visibility:visible;block-size:auto}
 summary{list-style:none}
 .scroll{overflow:visible}.scroll table{min-width:0;font-size:8pt}.scroll th,.scroll td{padding:3px 5px}
}
`;
