import type { Claim, StudyName } from '../study/study-data.js';

/** What each study is about, for headings. */
export const studyTitles: Readonly<Record<StudyName, string>> = {
  fig1: 'Does the loss follow the KL divergence?',
  fig2: 'Win rate against KL, DPO and IPO, with and without AIS',
  fig3: 'Win rate and KL along the epoch',
  fig4: 'DPO on data that shift away from the SFT model',
  fig5: 'The trade-off of DPO on shifted data',
  fig6: 'Beside RLOO, which trains on its own samples',
  fig7: 'The whole epoch, DPO and IPO',
  fig8: 'Fixed α',
  fig9: 'α as the inverse square root of the length',
  fig10: 'Training loss for each α',
  fig11: 'AIS-DPO and DPO on shifted data',
  fig12: 'Beside RPO',
  weights: 'What the weights do to the pairs',
  alternatives: 'AIS beside other remedies',
  behavior: 'Weights that know who wrote the pairs',
};

/** The figure of the paper, or that the study goes beyond it. */
export function figureName(study: StudyName): string {
  const number = /^fig(\d+)$/.exec(study)?.[1];
  return number ? `Figure ${number}` : 'Beyond the paper';
}

/** Whose statement a claim is. */
export function claimant(study: StudyName): string {
  return study.startsWith('fig') ? 'The paper' : 'Our question';
}

/** A verdict in words, with whether it could still change. */
export function verdictText({
  verdict,
  settled,
  contradicted,
}: Pick<Claim, 'verdict' | 'settled' | 'contradicted'>): string {
  if (settled) return verdict;
  return verdict === 'does not hold' && contradicted
    ? `${verdict}, in part perhaps`
    : `${verdict}, not settled`;
}
