import type { Command } from 'commander';
import { converse } from '../conversation.js';
import { printable } from '../printable.js';
import { commandSettings, pipelineCommand, printSettings } from './pipeline-command.js';

/** `ais chat`: a conversation with a model in the terminal. */
export function chatCommand(): Command {
  return pipelineCommand(
    'chat',
    'Talk with a model, by its own chat template. Without a terminal, each line of standard input is a turn.',
    'nothing',
  ).action(async (flags) => {
    const settings = await commandSettings('chat', flags);
    if (flags.dryRun) return printSettings(settings, flags.json);
    const { openChat } = await import('@ais/pipeline');
    const { useBackend } = await import('@ais/runtime');
    const { stdin, stdout, stderr } = process;
    const { backend } = await useBackend(settings.backend);
    const chat = await openChat(settings);
    try {
      stderr.write(
        printable(
          `${settings.model}, chat template ${chat.template}, ${backend} back end, seed ${settings.seed}\n`,
        ),
      );
      const shown = flags.json ? { write: () => true } : stdout;
      const answers = await converse(chat, { input: stdin, answers: shown, remarks: stderr });
      if (flags.json) stdout.write(`${JSON.stringify({ answers, messages: chat.messages })}\n`);
    } finally {
      chat.dispose();
    }
  });
}
