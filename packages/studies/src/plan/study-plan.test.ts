import { expect, test } from 'vitest';
import { policyPresetOf } from '../../test/preset-of.js';
import { type PlannedRun, planStudy } from './study-plan.js';

const fig2 = { ...policyPresetOf('fig2', { scale: 'small' }), seeds: [1] };

function at(runs: readonly PlannedRun[], title: string, beta: number): PlannedRun {
  const found = runs.find(({ run }) => run.method.title === title && run.beta === beta);
  if (!found) throw new Error(`There is no run of ${title} at ${beta}.`);
  return found;
}

test('what larger β are evaluated with changes nothing of the least one', async () => {
  const { runs } = await planStudy(fig2, 'native');
  const along = await planStudy(
    { ...fig2, evaluation: { ...fig2.evaluation, largerBeta: 'along' } },
    'native',
  );
  expect(at(runs, 'AIS-DPO', 0.01)).toEqual(at(along.runs, 'AIS-DPO', 0.01));
  expect(at(runs, 'AIS-DPO', 0.01)).toMatchObject({
    prose: { kind: { name: 'prose' } },
    stage: { settings: { evaluation: { points: 10, otherTemperature: 1 }, finalLogProbs: 1024 } },
  });
  const larger = at(runs, 'AIS-DPO', 0.1);
  expect(larger.prose).toBeUndefined();
  expect(larger.stage.settings.evaluation).toEqual({ points: 1, klPrompts: 256, temperature: 0.01 });
  expect(larger.stage.settings).not.toHaveProperty('finalLogProbs');
  expect(at(along.runs, 'AIS-DPO', 0.1).stage.settings.evaluation.points).toBe(10);
});

test('the least β is that of a method on a data set', async () => {
  const runs = fig2.runs.filter(({ method, beta }) => method.title === 'DPO' || beta === 0.5);
  const planned = await planStudy({ ...fig2, runs }, 'native');
  expect(at(planned.runs, 'IPO', 0.5).stage.settings.evaluation.points).toBe(10);
  expect(at(planned.runs, 'DPO', 0.5).stage.settings.evaluation.points).toBe(1);
});

test.each([
  ['chat', { template: 'chat' }],
  // The corpus keeps any other template, and reads pairs by it.
  ['question-answer', {}],
] as const)(
  'with the template %s, comparisons of the gold model and of a judge are read with %j',
  async (template, expected) => {
    const compared = { ...fig2, template, gold: { ...fig2.gold, judge: 'owner/comparisons' } };
    const { gold } = await planStudy(compared, 'native');
    expect(gold.settings).toMatchObject({ judge: 'owner/comparisons', ...expected });
    expect('template' in gold.settings).toBe('template' in expected);
    const agreement = { ...fig2.agreement, pairs: 'owner/comparisons' };
    const judged = await planStudy(
      { ...fig2, template, agreement, gold: { ...fig2.gold, judge: 'openai:small' } },
      'native',
    );
    expect(judged.gold.settings).toMatchObject({ labels: { pairs: 'owner/comparisons', ...expected } });
  },
);

test('with other variables of the chat template, every stage is another one', async () => {
  const keysOf = async (templateVariables?: Readonly<Record<string, boolean>>): Promise<string[]> => {
    const { corpus, policy, gold } = await planStudy(
      { ...fig2, template: 'chat', templateVariables },
      'native',
    );
    return [corpus, policy, gold].map(({ key }) => key);
  };
  const [none, off, on] = [
    await keysOf(),
    await keysOf({ thinking: false }),
    await keysOf({ thinking: true }),
  ];
  expect(new Set([...none, ...off, ...on]).size).toBe(9);
});

test.each([
  [
    { title: 'KTO', objective: 'kto' },
    'D1',
    /runs: KTO \(kto\) learns from labeled responses one by one, and studies/,
  ],
  [{ title: 'RLOO', objective: 'rloo' }, 'D2', /runs: RLOO \(rloo\) learns from its own samples, .* from D2/],
] as const)('a run of %j on %s is refused before the first stage', async (method, data, message) => {
  const runs = [...fig2.runs, { method: { ...method, importance: 'none' as const }, beta: 0.1, data }];
  await expect(planStudy({ ...fig2, runs }, 'native')).rejects.toThrow(message);
  await expect(planStudy({ ...fig2, runs }, 'native')).rejects.toMatchObject({
    name: 'StudyError',
    code: 'invalid-settings',
    exit: 'usage',
  });
});
