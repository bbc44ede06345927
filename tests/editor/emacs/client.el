;;; client.el --- what the scripts share: a document with the server attached  -*- lexical-binding: t -*-

;; A script that fails ends Emacs with an exit code other than 0 and the error on standard error.

(require 'cl-lib)
(require 'eglot)

(setq eglot-sync-connect 30
      eglot-connect-timeout 30
      eglot-events-buffer-size 0
      eglot-confirm-server-initiated-edits nil
      eglot-send-changes-idle-time 0.05
      jrpc-default-request-timeout 60) ; seconds; 10 are few on a busy machine
(setq-default eglot-workspace-configuration
      '((:editdiff . (:drafts 8 :ghostText (:confidence 0 :languages ["python"])))))

(defun it-await (what condition &optional seconds)
  "Wait until CONDITION gives something, and give that; an error names WHAT after SECONDS."
  (let ((end (+ (float-time) (or seconds 60))) found)
    (while (not (setq found (funcall condition)))
      (when (> (float-time) end) (error "Waited in vain for %s" what))
      (accept-process-output nil 0.05))
    found))

(defun it-equal (found expected)
  "Fail unless FOUND is EXPECTED."
  (unless (equal found expected) (error "Expected %S\nfound %S" expected found)))

(defun it-text ()
  "The text of the buffer."
  (buffer-substring-no-properties (point-min) (point-max)))

(defun it-attach ()
  "Open the document of the test, with eglot attached to a server that is ready."
  (find-file (getenv "EDITOR_TEST_DOCUMENT"))
  (python-mode)
  (buffer-enable-undo)
  (setq-local eglot-server-programs
              `((python-mode . ,(split-string (getenv "EDITOR_TEST_SERVER") "\n"))))
  (call-interactively #'eglot)
  (it-await "the handshake" #'eglot-managed-p))

(defun it-choose (title begin end)
  "Run the code action whose name TITLE matches between BEGIN and END, as its user would."
  (cl-letf (((symbol-function 'completing-read)
             (lambda (_prompt actions &rest _)
               (or (cl-find-if (lambda (name) (string-match-p title name))
                               (all-completions "" actions))
                   (error "There is no such action among %S" (all-completions "" actions))))))
    (let ((last-nonmenu-event ?a)) ; by a key, so that it asks for a name and shows no menu
      (eglot-code-actions begin end nil t))))

(defmacro it-run (&rest body)
  "Do BODY with the server attached, and end the server."
  `(progn (it-attach)
          (unwind-protect (progn ,@body)
            (set-buffer-modified-p nil)
            (eglot-shutdown (eglot-current-server) nil 10))))

(provide 'client)
;;; client.el ends here
