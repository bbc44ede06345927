;;; fix.el --- a fault is reported, and mended by the quick fix  -*- lexical-binding: t -*-

(require 'client)

(defun reported ()
  "The first diagnostic of the server."
  (cl-find-if (lambda (each) (string-prefix-p "editdiff" (flymake-diagnostic-text each)))
              (flymake-diagnostics)))

(it-run
 (let ((before (it-text)))
   (let* ((found (it-await "a diagnostic" #'reported))
          (begin (progn (goto-char (flymake-diagnostic-beg found)) (line-beginning-position)))
          (end (line-end-position)))
     (princ (format "reported: %s\n" (flymake-diagnostic-text found)))
     ;; the line itself, where it was looked for already
     (it-choose "^editdiff: \\(fix\\|.*height):$\\)" begin end)
     (it-await "the document to change" (lambda () (not (equal (it-text) before))))
     (it-equal (it-text) (replace-regexp-in-string "^def area(width, height$" "def area(width, height):" before)))))
;;; fix.el ends here
