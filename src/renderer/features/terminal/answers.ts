/**
 * What a terminal says by itself when a program asks: where the cursor is, what it is, which colours it has, that it has
 * the focus. To output that is only shown again nobody waits for an answer, and a shell would take it for something typed.
 */
export function isAnswer(data: string): boolean {
  // oxlint-disable-next-line no-control-regex -- that is what answers are made of
  return /^\u001b(?:\[[?>=]?[\d;]*(?:[cnRt]|\$y)|\[[IO]|[\]P_^].*(?:\u0007|\u001b\\))$/s.test(data)
}
