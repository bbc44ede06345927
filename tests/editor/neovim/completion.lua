-- A client without inline completion is offered ghost text as a completion, and what is typed shrinks it.
local it = dofile(vim.env.EDITOR_TEST_SCRIPTS .. '/client.lua')

--- The one item that is offered at the end of a line, nil for none.
local function offered(number)
  local line = vim.api.nvim_buf_get_lines(0, number - 1, number, true)[1]
  vim.api.nvim_win_set_cursor(0, { number, #line })
  local params = vim.lsp.util.make_position_params(0, 'utf-16')
  local answers = assert(vim.lsp.buf_request_sync(0, 'textDocument/completion', params, 30000))
  local _, answer = next(answers)
  assert(answer and not answer.error, vim.inspect(answer))
  assert(#answer.result.items <= 1, 'one suggestion at most')
  return answer.result.items[1]
end

it.run(function()
  vim.cmd('set virtualedit=onemore')
  local client = it.attach(vim.env.EDITOR_TEST_DOCUMENT, { ghostText = { confidence = 0, languages = { 'python' } } })
  assert(client.resolved_capabilities.completion, 'completion is not offered')
  local number = vim.fn.search('self.indent = $', 'w')
  assert(number > 0, 'no line to complete')
  local line = vim.api.nvim_buf_get_lines(0, number - 1, number, true)[1]

  local item = assert(offered(number), 'nothing is offered')
  local text = item.textEdit.newText
  it.equal(item.textEdit.range.start, { line = number - 1, character = #line })
  io.stdout:write('offered: ' .. text .. '\n')

  -- typed by hand, its beginning leaves the rest
  vim.api.nvim_buf_set_lines(0, number - 1, number, true, { line .. text:sub(1, 1) })
  local rest = assert(offered(number), 'nothing is left')
  it.equal(rest.textEdit.newText, text:sub(2))

  vim.lsp.util.apply_text_edits({ rest.textEdit }, 0, 'utf-16')
  it.equal(vim.api.nvim_buf_get_lines(0, number - 1, number, true)[1], line .. text)
end)
