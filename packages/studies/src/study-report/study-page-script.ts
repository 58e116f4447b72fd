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
// Marks overlap: of those at the pointer the nearest counts, not the one drawn last.
const nearest = (x, y) => {
  const distance = (path) => {
    const box = path.getBoundingClientRect();
    return Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y);
  };
  return document.elementsFromPoint(x, y)
    .filter((element) => element.matches('path[data-value]'))
    .sort((a, b) => distance(a) - distance(b))[0];
};
const show = ({ clientX, clientY }) => {
  const path = nearest(clientX, clientY);
  tip.hidden = !path;
  if (!path) return;
  tip.textContent = path.dataset.value;
  const { width, height } = tip.getBoundingClientRect();
  const room = document.documentElement.clientWidth - width - 8;
  tip.style.left = Math.max(8, Math.min(clientX + 14, room)) + 'px';
  tip.style.top = (clientY > height + 24 ? clientY - height - 14 : clientY + 18) + 'px';
};
document.addEventListener('pointermove', show);
document.addEventListener('pointerdown', show);
document.addEventListener('scroll', () => { tip.hidden = true; }, { passive: true });
document.addEventListener('keydown', ({ key }) => { if (key === 'Escape') tip.hidden = true; });
`;
