// What moves on the reference: the search box, the copy buttons and the choice of light or dark. Without it the page reads the same.

export const SCRIPT = `
const search = document.querySelector('input[type=search]');
const filter = () => {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const one of document.querySelectorAll('[data-words]')) {
    one.hidden = !words.every((word) => one.dataset.words.includes(word));
  }
  for (const group of document.querySelectorAll('[data-group]')) {
    group.hidden = words.length > 0 && !group.querySelector('[data-words]:not([hidden])');
  }
};
search.addEventListener('input', filter);
addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
  if (event.key === 'Escape' && document.activeElement === search) {
    search.value = '';
    filter();
  }
});
addEventListener('click', async (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  if (button.dataset.action === 'theme') {
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    const now = document.documentElement.dataset.theme ?? (dark ? 'dark' : 'light');
    document.documentElement.dataset.theme = now === 'dark' ? 'light' : 'dark';
    return;
  }
  await navigator.clipboard.writeText(button.parentElement.querySelector('pre').textContent);
  button.textContent = 'Copied';
  setTimeout(() => (button.textContent = 'Copy'), 1200);
});
`;
