"""What axe finds wrong with a page: WCAG 2.2 A and AA."""

from pathlib import Path

from playwright.async_api import Page

AXE = Path(__file__).parent.parent.parent / "web/node_modules/axe-core/axe.min.js"
# What fades in is judged once it is there; what turns for ever is left alone.
SETTLED = """() => Promise.all(document.getAnimations()
  .filter(one => Number.isFinite(one.effect?.getComputedTiming().endTime))
  .map(one => one.finished.catch(() => {})))
  .then(() => new Promise(seen => requestAnimationFrame(() => requestAnimationFrame(seen))))
  .then(() => true)"""
# A menu that its button has closed is there, half empty, until it has faded out.
NO_MENU_CLOSES = """() => [...document.querySelectorAll('[role=menu]')].every(menu =>
  document.querySelector(`[aria-controls="${menu.id}"][aria-expanded=true]`))"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


async def violations(page: Page) -> list[str]:
    """One line for each rule that is broken: its name, and the elements."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(AXE.read_text())
    await page.wait_for_function(NO_MENU_CLOSES)
    await page.evaluate(SETTLED)
    found = await page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    return [
        f"{broken['id']}: {', '.join(str(node['target']) for node in broken['nodes'])}"
        for broken in found["violations"]
    ]
