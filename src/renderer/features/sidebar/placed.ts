/**
 * The order in which a person wants a list, after they put one where another stands. Only as much of what is shown is
 * held on to as that needs: what stands below goes on by what happens in it.
 */
export function placed(
  order: readonly string[],
  shown: readonly string[],
  id: string,
  at: string,
): readonly string[] {
  const [from, to] = [shown.indexOf(id), shown.indexOf(at)]
  if (from < 0 || to < 0 || from === to) return order
  const others = shown.filter((one) => one !== id)
  const head = [...others.slice(0, to), id, ...others.slice(to)].slice(0, Math.max(from, to) + 1)
  return [...head, ...order.filter((one) => !head.includes(one))]
}
