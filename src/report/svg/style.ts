/** Colours as in the page; a drawing follows the theme of its reader. */
export const SVG_STYLE = `
svg{--bg:#fff;--text:#1b1c1f;--dim:#5a5d66;--line:#d9dbe1;--soft:#f4f5f8;--tls:#0b57c4;--tls-bg:#e7f0fd;--clear:#9a4600;--clear-bg:#fff4e6;--bad:#b3161b;--bad-bg:#fdeceb;--attack:#7030a0;--good:#15692f;--mark:#ffd54a;--on:#fff}
@media(prefers-color-scheme:dark){svg{--bg:#1c1e22;--text:#e8e9ed;--dim:#a3a7b2;--line:#373a42;--soft:#26282e;--tls:#8ab6ff;--tls-bg:#17273f;--clear:#ffb366;--clear-bg:#33240f;--bad:#ff8f87;--bad-bg:#3a1a1a;--attack:#d3a6f2;--good:#7bd391;--on:#1c1e22}}
text:not([fill]){fill:var(--text)}text{font:13px system-ui,-apple-system,"Segoe UI",Roboto,Arial,sans-serif}
.m{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
.h{font-size:17px;font-weight:700}.s{font-weight:650}.d{font-size:12px}.d:not([fill]){fill:var(--dim)}.e{text-anchor:end}.c{text-anchor:middle}.i{font-style:italic}
.p{fill:var(--bad);font-weight:650;font-size:12px}.t{font-size:10px;font-weight:700;text-anchor:middle}
`;
