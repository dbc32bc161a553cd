// SPDX-License-Identifier: MIT OR Apache-2.0
// Click on a head to sort by its column; again to turn it round. What is typed above a table leaves the rows that have it.
for (const table of document.querySelectorAll('table.sorted')) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => head.querySelector('button') && head.addEventListener('click', () => {
    const down = head.getAttribute('aria-sort') === 'descending' || (!head.hasAttribute('aria-sort') && head.className === 't');
    heads.forEach(h => h.removeAttribute('aria-sort'));
    head.setAttribute('aria-sort', down ? 'ascending' : 'descending');
    const value = row => row.cells[column].dataset.n ?? row.cells[column].textContent;
    const compare = (a, b) => {
      const [x, y] = [value(a), value(b)], n = Number(x) - Number(y);
      return Number.isNaN(n) ? x.localeCompare(y) : n;
    };
    body.append(...[...body.rows].sort((a, b) => down ? compare(a, b) : compare(b, a)));
  }));
  table.parentNode.previousElementSibling?.addEventListener('input', e => {
    const word = e.target.value.toLowerCase();
    for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(word);
  });
}
