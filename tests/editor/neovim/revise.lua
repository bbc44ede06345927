-- What the model doubts in a selection is done again, as one edit, and one undo takes it back.
local it = dofile(vim.env.EDITOR_TEST_SCRIPTS .. '/client.lua')

it.run(function()
  it.attach(vim.env.EDITOR_TEST_DOCUMENT)
  local before = it.text()
  vim.ui.select = function(items, options, choose)
    for _, item in ipairs(items) do
      if options.format_item(item) == 'editdiff: revise selection' then return choose(item) end
    end
    error('no revision among ' .. vim.inspect(vim.tbl_map(options.format_item, items)))
  end
  vim.lsp.buf.range_code_action({}, { 1, 0 }, { 7, 0 })
  it.await('the document to change', function() return it.text() ~= before end)
  it.equal(it.text(), (before:gsub('^first = totl', 'first = total'):gsub('count = totla', 'count = total')))
  vim.cmd('undo')
  it.equal(it.text(), before)
end)
