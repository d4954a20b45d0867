variable "project_id" {
  description = "Project of the subscription."
  type        = string
}

variable "name" {
  description = "Name of the subscription."
  type        = string
}

variable "labels" {
  description = "Labels of the subscription."
  type        = map(string)
  default     = {}
}

variable "topic" {
  description = "Full name of the topic."
  type        = string
}

variable "endpoint" {
  description = "Address of the function; also the audience of the token."
  type        = string
}

variable "invoker_email" {
  description = "Account that the token is for; it needs roles/run.invoker on the function."
  type        = string
}

variable "function_timeout" {
  description = "Seconds that the function may take for one message."
  type        = number
}

variable "acknowledgement" {
  description = "Seconds after which a message that was not acknowledged is delivered again."
  type        = number

  validation {
    condition     = var.acknowledgement >= 10 && var.acknowledgement <= 600
    error_message = "acknowledgement must be from 10 to 600 seconds (a limit of Pub/Sub)."
  }

  validation {
    condition     = var.acknowledgement > var.function_timeout
    error_message = "acknowledgement must be more than the function's timeout (${var.function_timeout} s): a message would be delivered again while it is still worked on."
  }
}

variable "retention" {
  description = "Seconds for which a message is tried; after that it is gone."
  type        = number
  default     = 604800

  validation {
    condition     = var.retention >= 600 && var.retention <= 2678400
    error_message = "retention must be from 600 to 2678400 seconds (a limit of Pub/Sub)."
  }
}

variable "dead_letter" {
  description = "Full name of the topic for messages that are given up, and after how many deliveries; null for none."
  type = object({
    topic    = string
    attempts = number
  })
  default = null

  validation {
    condition     = var.dead_letter == null ? true : var.dead_letter.attempts >= 5 && var.dead_letter.attempts <= 100
    error_message = "dead_letter.attempts must be from 5 to 100 (a limit of Pub/Sub)."
  }
}

variable "pubsub_agent" {
  description = "Member name of the project's Pub/Sub service agent, which moves dead letters."
  type        = string
}
