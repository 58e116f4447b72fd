/**
 * Shows a point's values at once at the pointer, and on a tap, where browsers show an SVG title late or never. Without
 * it the titles stay; hiding methods needs no script.
 */
export const studyPageScript: string = `
const tip = document.createElement('div');
tip.className = 'tip';
tip.hidden = true;
document.body.append(tip);
for (const title of document.querySelectorAll('figure svg path > title')) {
  title.parentElement.dataset.value = title.textContent;
  title.remove();
}
const show = (event) => {
  const path = event.target.closest?.('path[data-value]');
  tip.hidden = !path;
  if (!path) return;
  tip.textContent = path.dataset.value;
  const { width, height } = tip.getBoundingClientRect();
  const room = document.documentElement.clientWidth - width - 8;
  tip.style.left = Math.max(8, Math.min(event.clientX + 14, room)) + 'px';
  tip.style.top = (event.clientY > height + 24 ? event.clientY - height - 14 : event.clientY + 18) + 'px';
};
document.addEventListener('pointerover', show);
document.addEventListener('pointerdown', show);
document.addEventListener('scroll', () => { tip.hidden = true; }, { passive: true });
document.addEventListener('keydown', ({ key }) => { if (key === 'Escape') tip.hidden = true; });
`;
