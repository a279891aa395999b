# Reads a rhizo server's values into R: one file to source, base R alone.
#
#   source("rhizo.R")
#   frame <- rhizo_read(c("/lab/fridge/temperature", "/lab/freezer/temperature"), start = "2026-01-01", interval = "1h")
#   plot(frame$timestamp, frame[[2]], type = "l")
#
# The server and the key come from RHIZO_SERVER_NAME (host:port), RHIZO_SECRET_KEY and RHIZO_SECURE_SERVER (true for https).

rhizo_read <- function(paths, start = NULL, end = NULL, interval = NULL) {
  name <- Sys.getenv("RHIZO_SERVER_NAME", "127.0.0.1:5000")
  scheme <- if (tolower(Sys.getenv("RHIZO_SECURE_SERVER")) %in% c("true", "1", "yes")) "https" else "http"
  query <- c(
    paste0("path=", vapply(paths, utils::URLencode, "", reserved = TRUE)),
    "format=csv", "layout=wide", "fields=mean"[!is.null(interval)],
    if (!is.null(start)) paste0("start_timestamp=", utils::URLencode(rhizo_time(start), reserved = TRUE)),
    if (!is.null(end)) paste0("end_timestamp=", utils::URLencode(rhizo_time(end), reserved = TRUE)),
    if (!is.null(interval)) paste0("interval=", interval)
  )
  address <- paste0(scheme, "://", name, "/api/v1/exports?", paste(query, collapse = "&"))
  connection <- url(address, open = "rt", headers = c(Authorization = paste("Bearer", Sys.getenv("RHIZO_SECRET_KEY"))))
  on.exit(close(connection))
  frame <- utils::read.csv(connection, check.names = FALSE)
  names(frame)[1] <- "timestamp"
  frame$timestamp <- as.POSIXct(sub("Z$", "", frame$timestamp), format = "%Y-%m-%dT%H:%M:%OS", tz = "UTC")
  frame
}

# Times as the server reads them, in UTC: text, a date alone as its midnight, a Date or a POSIXct.
rhizo_time <- function(time) {
  if (inherits(time, c("Date", "POSIXt"))) return(format(as.POSIXct(time), "%Y-%m-%dT%H:%M:%OS6Z", tz = "UTC"))
  if (grepl("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", time)) paste0(time, "T00:00:00Z") else time
}
