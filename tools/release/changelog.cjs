// How changesets read in a changelog: the text alone, without the commit, which says nothing to a user.
module.exports = {
  getReleaseLine: async ({ summary }) => {
    const [first, ...rest] = summary.trim().split('\n');
    return `- ${[first, ...rest.map((line) => (line === '' ? '' : `  ${line}`))].join('\n')}`;
  },
  getDependencyReleaseLine: async (_changesets, dependencies) =>
    dependencies.length === 0
      ? ''
      : `- Newer versions of ${dependencies.map(({ name, newVersion }) => `${name} (${newVersion})`).join(', ')}`,
};
