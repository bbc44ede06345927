-- A selection is changed as it is asked for by the server's command, and one undo takes it back.
local it = dofile(vim.env.EDITOR_TEST_SCRIPTS .. '/client.lua')

it.run(function()
  it.attach(vim.env.EDITOR_TEST_DOCUMENT)
  local before = it.text()
  local params = vim.lsp.util.make_given_range_params({ 1, 0 }, { 5, 5 }, 0, 'utf-16')
  params.textDocument.version = vim.lsp.util.buf_versions[vim.api.nvim_get_current_buf()]
  params.ask = 'count higher'
  vim.lsp.buf_request(0, 'workspace/executeCommand', { command = 'editdiff.server.rewrite', arguments = { params } }, function() end)
  it.await('the document to change', function() return it.text() ~= before end)
  it.equal(it.text(), (before:gsub('a = 1', 'a = 4', 1):gsub('c = 3', 'c = 5', 1)))
  vim.cmd('undo')
  it.equal(it.text(), before)
end)
