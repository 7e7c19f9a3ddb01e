/** How an exported page looks. It stands alone, so it has colours of its own. */
export const style = `
:root{color-scheme:light dark;--surface:#fff;--raised:#f4f5f7;--line:#d8dbe0;--text:#1c1e21;--muted:#5a6069;--accent:#1f5fbf;
--add:#e2f5e6;--add-text:#14532d;--remove:#fde8e8;--remove-text:#8a1c1c;--danger:#a32020}
@media (prefers-color-scheme:dark){:root{--surface:#15171a;--raised:#1e2126;--line:#343941;--text:#e6e8eb;--muted:#a2a9b3;
--accent:#8ab4f8;--add:#14301d;--add-text:#a6e3b6;--remove:#3a1a1c;--remove-text:#f3b0b0;--danger:#f19999}}
*{box-sizing:border-box}
body{margin:0;background:var(--surface);color:var(--text);font:15px/1.6 system-ui,sans-serif}
main{max-width:860px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:24px;line-height:1.3;margin:32px 0 8px;overflow-wrap:anywhere}
h2{font-size:18px;margin:32px 0 0;border-top:1px solid var(--line);padding-top:16px;overflow-wrap:anywhere}
h3{font-size:13px;margin:0 0 4px}
dl{margin:0}dl div{display:flex;gap:12px}dt{color:var(--muted);min-width:110px}dd{margin:0;overflow-wrap:anywhere}
.faint{color:var(--muted);font-weight:400}
article,details,.error,.note,.plan{margin:12px 0}
.prompt{background:var(--raised);border:1px solid var(--line);border-radius:8px;padding:12px}
.text{white-space:pre-wrap;overflow-wrap:anywhere}
.message{overflow-wrap:anywhere}
details{border:1px solid var(--line);border-radius:8px;padding:6px 12px}
summary{cursor:pointer;overflow-wrap:anywhere}
.kind{color:var(--muted)}.failed,.error p{color:var(--danger)}
.error{border:1px solid var(--danger);border-radius:8px;padding:6px 12px}
.note{color:var(--muted);font-size:13px;overflow-wrap:anywhere}
.plan{list-style:none;padding:0}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{overflow-wrap:anywhere}
pre{background:var(--raised);border-radius:6px;padding:10px;margin:8px 0;overflow:auto;max-height:520px;white-space:pre-wrap;overflow-wrap:anywhere}
.diff .add{background:var(--add);color:var(--add-text)}.diff .remove{background:var(--remove);color:var(--remove-text)}
.diff .hunk,.diff .head{color:var(--muted)}
img{max-width:100%;height:auto;border-radius:6px}
a{color:var(--accent)}table{border-collapse:collapse}td,th{border:1px solid var(--line);padding:4px 8px}
blockquote{margin:8px 0;padding-left:12px;border-left:3px solid var(--line);color:var(--muted)}
@media print{details>*{display:block}pre{max-height:none}}
`
