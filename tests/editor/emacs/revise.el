;;; revise.el --- what the model doubts in a selection is done again, as one edit  -*- lexical-binding: t -*-

(require 'client)

(it-run
 (let ((before (it-text)))
   (goto-char (point-min))
   (it-choose "^editdiff: revise selection" (point-min) (line-beginning-position 7))
   (it-await "the document to change" (lambda () (not (equal (it-text) before))))
   (it-equal (it-text)
             (replace-regexp-in-string "^\\(first = \\)totl\\b\\|^\\(count = \\)totla\\b" "\\1\\2total" before))))
;;; revise.el ends here
