// Shows in the editor what `segrule lsp` says: each provider asks the server and converts the answer.
'use strict';

const vscode = require('vscode');
const { Client } = require('./client');

const LANGUAGE = 'segrule';
/** Starts in a row after which a server that keeps failing is left alone. */
const MOST_STARTS = 4;

let session;

async function activate(context) {
  session = new Session();
  context.subscriptions.push(session);
  context.subscriptions.push(
    vscode.commands.registerCommand('segrule.restart', () => session.restart()),
  );
  await session.start();
}

async function deactivate() {
  if (session) await session.stop();
}

class Session {
  constructor() {
    this.output = vscode.window.createOutputChannel('segrule');
    this.diagnostics = vscode.languages.createDiagnosticCollection(LANGUAGE);
    this.hintsChanged = new vscode.EventEmitter();
    this.parts = [this.output, this.diagnostics, this.hintsChanged];
    this.starts = 0;
    this.legend = undefined;
  }

  dispose() {
    for (const part of this.parts) part.dispose();
  }

  async start() {
    this.starts += 1;
    const settings = vscode.workspace.getConfiguration('segrule');
    const folders = vscode.workspace.workspaceFolders || [];
    const lang = settings.get('lang', 'auto');
    this.client = new Client(settings.get('path', 'segrule'), ['lsp'], {
      cwd: folders.length > 0 ? folders[0].uri.fsPath : undefined,
    }, {
      notification: (method, params) => this.notified(method, params),
      request: (method) => {
        if (method === 'workspace/inlayHint/refresh') this.hintsChanged.fire();
      },
      log: (text) => this.output.append(text),
      end: (why) => this.ended(why),
    });
    const client = this.client;
    let answer;
    try {
      answer = await client.request('initialize', {
        processId: process.pid,
        locale: vscode.env.language,
        rootUri: folders.length > 0 ? String(folders[0].uri) : null,
        workspaceFolders: folders.map((folder) => ({ uri: String(folder.uri), name: folder.name })),
        initializationOptions: lang === 'auto' ? {} : { lang },
        capabilities: {
          general: { positionEncodings: ['utf-16'] },
          workspace: { inlayHint: { refreshSupport: true } },
        },
      });
    } catch {
      return;
    }
    client.notify('initialized', {});
    if (!this.legend) {
      const { tokenTypes, tokenModifiers } = answer.capabilities.semanticTokensProvider.legend;
      this.legend = new vscode.SemanticTokensLegend(tokenTypes, tokenModifiers);
      this.register(answer.capabilities.completionProvider.triggerCharacters);
      this.follow();
    }
    vscode.workspace.textDocuments.forEach((document) => this.opened(document));
  }

  async stop() {
    if (this.client) await this.client.stop();
  }

  async restart() {
    await this.stop();
    this.diagnostics.clear();
    this.starts = 0;
    await this.start();
  }

  ended(why) {
    this.output.appendLine(`the server ended: ${why}`);
    if (this.starts < MOST_STARTS) {
      this.start();
      return;
    }
    vscode.window.showErrorMessage(
      `segrule: the server does not run (${why}). Is \`segrule\` installed? Set "segrule.path".`,
    );
  }

  notified(method, params) {
    if (method === 'textDocument/publishDiagnostics') {
      this.diagnostics.set(vscode.Uri.parse(params.uri), params.diagnostics.map(toDiagnostic));
    } else if (method === 'window/showMessage') {
      const show = [undefined, 'showErrorMessage', 'showWarningMessage'][params.type];
      vscode.window[show || 'showInformationMessage'](params.message);
    }
  }

  opened(document) {
    if (document.languageId !== LANGUAGE) return;
    this.client.notify('textDocument/didOpen', {
      textDocument: {
        uri: String(document.uri),
        languageId: LANGUAGE,
        version: document.version,
        text: document.getText(),
      },
    });
  }

  /** Tells the server what happens to texts and files. */
  follow() {
    const { workspace } = vscode;
    const files = workspace.createFileSystemWatcher('**/{*.seg,segrule.toml}');
    const touched = (type) => (uri) => this.client.notify('workspace/didChangeWatchedFiles', {
      changes: [{ uri: String(uri), type }],
    });
    const isOurs = (document) => document.languageId === LANGUAGE;
    this.parts.push(
      workspace.onDidOpenTextDocument((document) => this.opened(document)),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (!isOurs(document) || contentChanges.length === 0) return;
        this.client.notify('textDocument/didChange', {
          textDocument: { uri: String(document.uri), version: document.version },
          contentChanges: contentChanges.map((change) => ({
            range: fromRange(change.range),
            text: change.text,
          })),
        });
      }),
      workspace.onDidCloseTextDocument((document) => {
        if (isOurs(document)) this.client.notify('textDocument/didClose', on(document));
      }),
      workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const folders = (list) => list.map(({ uri, name }) => ({ uri: String(uri), name }));
        this.client.notify('workspace/didChangeWorkspaceFolders', {
          event: { added: folders(added), removed: folders(removed) },
        });
      }),
      workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('segrule')) this.restart();
      }),
      files,
      files.onDidCreate(touched(1)),
      files.onDidChange(touched(2)),
      files.onDidDelete(touched(3)),
    );
  }

  register(triggers) {
    const { languages, commands } = vscode;
    const ask = (method, params, token) => this.client.request(method, params, token);
    const quietly = (method, params, token) => ask(method, params, token).catch(() => null);
    this.parts.push(
      languages.registerCompletionItemProvider(LANGUAGE, {
        async provideCompletionItems(document, position, token) {
          const found = await quietly('textDocument/completion', at(document, position), token);
          return found && new vscode.CompletionList(found.items.map(toCompletion), found.isIncomplete);
        },
      }, ...triggers),
      languages.registerHoverProvider(LANGUAGE, {
        async provideHover(document, position, token) {
          const hover = await quietly('textDocument/hover', at(document, position), token);
          return hover && new vscode.Hover(new vscode.MarkdownString(hover.contents.value), toRange(hover.range));
        },
      }),
      languages.registerDefinitionProvider(LANGUAGE, {
        async provideDefinition(document, position, token) {
          const found = await quietly('textDocument/definition', at(document, position), token);
          return found && toLocation(found);
        },
      }),
      languages.registerReferenceProvider(LANGUAGE, {
        async provideReferences(document, position, _context, token) {
          const found = await quietly('textDocument/references', at(document, position), token);
          return found && found.map(toLocation);
        },
      }),
      languages.registerDocumentHighlightProvider(LANGUAGE, {
        async provideDocumentHighlights(document, position, token) {
          const found = await quietly('textDocument/documentHighlight', at(document, position), token);
          return found && found.map(({ range, kind }) => new vscode.DocumentHighlight(toRange(range), kind - 1));
        },
      }),
      languages.registerRenameProvider(LANGUAGE, {
        async prepareRename(document, position, token) {
          const found = await ask('textDocument/prepareRename', at(document, position), token);
          return { range: toRange(found.range), placeholder: found.placeholder };
        },
        async provideRenameEdits(document, position, newName, token) {
          const params = { ...at(document, position), newName };
          return toWorkspaceEdit(await ask('textDocument/rename', params, token));
        },
      }),
      languages.registerDocumentSymbolProvider(LANGUAGE, {
        async provideDocumentSymbols(document, token) {
          const found = await quietly('textDocument/documentSymbol', on(document), token);
          return found && found.map(toSymbol);
        },
      }),
      languages.registerWorkspaceSymbolProvider({
        async provideWorkspaceSymbols(query, token) {
          const found = await quietly('workspace/symbol', { query }, token);
          return found && found.map(({ name, kind, location }) => (
            new vscode.SymbolInformation(name, kind - 1, '', toLocation(location))));
        },
      }),
      languages.registerDocumentFormattingEditProvider(LANGUAGE, {
        async provideDocumentFormattingEdits(document, _options, token) {
          const edits = await ask('textDocument/formatting', on(document), token);
          return edits && edits.map(toTextEdit);
        },
      }),
      languages.registerCodeActionsProvider(LANGUAGE, {
        async provideCodeActions(document, range, context, token) {
          const only = context.only && [context.only.value];
          const found = await quietly('textDocument/codeAction', {
            ...on(document),
            range: fromRange(range),
            context: { diagnostics: [], only },
          }, token);
          return found && found.map((action) => toAction(action, context.diagnostics));
        },
      }, { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, vscode.CodeActionKind.SourceFixAll] }),
      languages.registerCodeLensProvider(LANGUAGE, {
        async provideCodeLenses(document, token) {
          const found = await quietly('textDocument/codeLens', on(document), token);
          return found && found.map(({ range, command }) => new vscode.CodeLens(toRange(range), command));
        },
      }),
      languages.registerInlayHintsProvider(LANGUAGE, {
        onDidChangeInlayHints: this.hintsChanged.event,
        async provideInlayHints(document, range, token) {
          const params = { ...on(document), range: fromRange(range) };
          const found = await quietly('textDocument/inlayHint', params, token);
          return found && found.map(toHint);
        },
      }),
      languages.registerDocumentSemanticTokensProvider(LANGUAGE, {
        async provideDocumentSemanticTokens(document, token) {
          const found = await quietly('textDocument/semanticTokens/full', on(document), token);
          return found && toColours(found);
        },
        async provideDocumentSemanticTokensEdits(document, previousResultId, token) {
          const params = { ...on(document), previousResultId };
          const found = await quietly('textDocument/semanticTokens/full/delta', params, token);
          return found && toColours(found);
        },
      }, this.legend),
      ...['segrule.count', 'segrule.runTest'].map((command) => (
        commands.registerCommand(command, (...args) => (
          quietly('workspace/executeCommand', { command, arguments: args }))))),
    );
  }
}

const on = (document) => ({ textDocument: { uri: String(document.uri) } });
const fromPosition = ({ line, character }) => ({ line, character });
const fromRange = ({ start, end }) => ({ start: fromPosition(start), end: fromPosition(end) });
const at = (document, position) => ({ ...on(document), position: fromPosition(position) });
const toRange = ({ start, end }) => new vscode.Range(start.line, start.character, end.line, end.character);
const toLocation = ({ uri, range }) => new vscode.Location(vscode.Uri.parse(uri), toRange(range));
const toNumbers = (data) => data && Uint32Array.from(data);
const toColours = ({ data, edits, resultId }) => (data
  ? new vscode.SemanticTokens(toNumbers(data), resultId)
  : new vscode.SemanticTokensEdits(edits.map((edit) => (
    new vscode.SemanticTokensEdit(edit.start, edit.deleteCount, toNumbers(edit.data)))), resultId));
const toTextEdit = ({ range, newText }) => new vscode.TextEdit(toRange(range), newText);

function toWorkspaceEdit({ changes }) {
  const edit = new vscode.WorkspaceEdit();
  for (const [uri, edits] of Object.entries(changes)) {
    edit.set(vscode.Uri.parse(uri), edits.map(toTextEdit));
  }
  return edit;
}

function toDiagnostic(found) {
  const diagnostic = new vscode.Diagnostic(toRange(found.range), found.message, found.severity - 1);
  diagnostic.code = found.code;
  diagnostic.source = found.source;
  diagnostic.relatedInformation = found.relatedInformation.map(({ location, message }) => (
    new vscode.DiagnosticRelatedInformation(toLocation(location), message)));
  return diagnostic;
}

function toCompletion(found) {
  const item = new vscode.CompletionItem(found.label, found.kind - 1);
  item.detail = found.detail;
  item.sortText = found.sortText;
  item.filterText = found.filterText;
  item.insertText = found.textEdit.newText;
  item.range = toRange(found.textEdit.range);
  if (found.documentation) item.documentation = found.documentation.value;
  return item;
}

function toSymbol(found) {
  const symbol = new vscode.DocumentSymbol(
    found.name, found.detail, found.kind - 1, toRange(found.range), toRange(found.selectionRange));
  symbol.children = found.children.map(toSymbol);
  return symbol;
}

function toAction(found, diagnostics) {
  const kind = found.kind === 'quickfix' ? vscode.CodeActionKind.QuickFix : vscode.CodeActionKind.SourceFixAll;
  const action = new vscode.CodeAction(found.title, kind);
  action.edit = toWorkspaceEdit(found.edit);
  action.isPreferred = found.isPreferred;
  const codes = (found.diagnostics || []).map(({ code }) => code);
  action.diagnostics = diagnostics.filter(({ code }) => codes.includes(code));
  return action;
}

function toHint({ position, label, paddingLeft }) {
  const hint = new vscode.InlayHint(new vscode.Position(position.line, position.character), label);
  hint.paddingLeft = paddingLeft;
  return hint;
}

module.exports = { activate, deactivate };
