variable "project_id" {
  description = "Project of the function."
  type        = string
}

variable "region" {
  description = "Region of the function."
  type        = string
}

variable "name" {
  description = "Name of the function, and of the Cloud Run service behind it."
  type        = string

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$", var.name))
    error_message = "name must be lower-case letters, digits and hyphens, at most 49 of them, so that the Cloud Run service gets the same name."
  }
}

variable "labels" {
  description = "Labels of the function."
  type        = map(string)
  default     = {}
}

variable "service_account" {
  description = "Who the function runs as."
  type = object({
    email  = string
    member = string
  })
}

variable "build" {
  description = "What builds the image, and where it lies."
  type = object({
    runtime         = string
    service_account = string
    repository      = string
    source_bucket   = string
    environment     = map(string)
  })
}

variable "entry_point" {
  description = "Class of the function."
  type        = string
}

variable "archive" {
  description = "Zip of the function on this machine."
  type        = string

  validation {
    condition     = fileexists(var.archive)
    error_message = "There is no ${var.archive}. Run `mvn package -DskipTests` first, which leaves a zip for each function."
  }
}

variable "size" {
  description = "What an instance has, and how many there are."
  type = object({
    memory_mib    = number
    cpu           = number
    concurrency   = number
    timeout       = number
    min_instances = optional(number, 0)
    max_instances = number
    image_copies  = optional(number, 0)
  })

  validation {
    condition     = var.size.concurrency == 1 || var.size.cpu >= 1
    error_message = "More than one request at a time (concurrency ${var.size.concurrency}) needs a whole CPU: set cpu = 1 or more, or concurrency = 1."
  }

  validation {
    condition     = var.size.memory_mib >= var.largest_image / 1048576 * var.size.concurrency * var.size.image_copies
    error_message = "${var.size.memory_mib} MiB are too few for ${var.size.concurrency} images at a time of ${var.largest_image} bytes, ${var.size.image_copies} times each in memory: give it ${ceil(var.largest_image / 1048576 * var.size.concurrency * var.size.image_copies)} MiB, or lower concurrency or MAX_IMAGE_BYTES."
  }

  validation {
    condition     = var.size.memory_mib >= 256 && var.size.memory_mib <= 32768
    error_message = "memory_mib must be from 256, below which the JVM does not start, to 32768."
  }

  validation {
    # cloud.google.com/run/docs/configuring/services/memory-limits: more than 4 GiB need 2 CPU, more than 8 need 4.
    condition     = var.size.memory_mib <= 4096 || var.size.cpu >= (var.size.memory_mib <= 8192 ? 2 : 4)
    error_message = "More than 4096 MiB need 2 CPU, more than 8192 need 4."
  }

  validation {
    condition     = var.size.min_instances >= 0 && var.size.max_instances >= 1 && var.size.min_instances <= var.size.max_instances
    error_message = "min_instances must be from 0 to max_instances, and max_instances at least 1."
  }

  validation {
    condition     = var.size.timeout >= 1 && var.size.timeout <= 3600
    error_message = "timeout must be from 1 to 3600 seconds."
  }

  validation {
    condition     = var.size.concurrency >= 1 && var.size.concurrency <= 1000
    error_message = "concurrency must be from 1 to 1000."
  }
}

variable "largest_image" {
  description = "Bytes of the largest image that is taken."
  type        = number
}

variable "ingress" {
  description = "Where requests may come from."
  type        = string

  validation {
    condition     = contains(["ALLOW_ALL", "ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"], var.ingress)
    error_message = "ingress must be ALLOW_ALL, ALLOW_INTERNAL_ONLY or ALLOW_INTERNAL_AND_GCLB."
  }
}

variable "environment" {
  description = "Environment of the function; null leaves a name out."
  type        = map(string)
}

variable "secrets" {
  description = "Secret Manager secrets, by the environment variable that holds the value; the account must be let in to them, and each must have a version."
  type        = map(string)
  default     = {}
}

variable "trigger" {
  description = "Topic whose messages Eventarc delivers, and as whom; null for a function that is called over HTTP."
  type = object({
    topic                 = string
    service_account_email = string
  })
  default = null
}

variable "invokers" {
  description = "Members that may call the function, by a key that is known before the first apply."
  type        = map(string)
  default     = {}
}
