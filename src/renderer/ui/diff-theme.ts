/** Puts the diff library, which draws in a shadow root, on our own tokens: custom properties reach through. */
export const diffTheme = `
  :host {
    --diffs-font-family: var(--font-mono);
    --diffs-font-size: 12px;
    --diffs-line-height: 18px;
    font-variant-ligatures: none;
    --diffs-bg: var(--surface-0);

    --diffs-addition-color-override: var(--diff-add);
    --diffs-deletion-color-override: var(--diff-remove);
  }
  :host([data-authors]) [data-column-number] {
    padding-left: 6ch;
  }
  [data-author]::after {
    content: attr(data-author);
    position: absolute;
    left: 8px;
    max-width: 5ch;
    overflow: hidden;
    color: var(--text-muted);
  }
  /* Three colours over one another would leave too little contrast. */
  [data-selected-line] [data-diff-span] {
    background-color: transparent;
  }
  [data-container-size] {
    /* Only separators of another kind than ours ask for the width, and it makes layouts of the rows dearer. */
    container-type: normal;
  }
  [data-code] {
    /* The inherited one would bring back the system's bars, which have arrows. */
    scrollbar-color: auto;
  }
`
