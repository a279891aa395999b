/** The page of a file: sizes of images, PDF in its frame, media that can't be played, and the file's actions. */
import './main.ts'
import { readState, seek } from '../dom.ts'
import { handleFileActions, type FileState } from '../file/actions.ts'
import { handleImports } from '../import/offers.ts'
import { watchMedia } from '../file/media.ts'
import { showPdf } from '../file/pdf.ts'
import { handlePicture } from '../file/picture.ts'

const state = readState<FileState>()

handleFileActions(state)
if (seek('#import', HTMLDialogElement)) handleImports({ path: state.folder, isSequence: false }, () => {})
handlePicture()
showPdf()
watchMedia()
