variable "project_id" {
  description = "Project of the identities."
  type        = string
}

variable "name" {
  description = "Beginning of the names."
  type        = string
}

variable "repository" {
  description = "owner/name of the repository."
  type        = string
}

variable "repository_id" {
  description = "Number of the repository, which nobody else can take."
  type        = string
}

variable "owner_id" {
  description = "Number of its owner."
  type        = string
}

variable "environment" {
  description = "GitHub environment of the job that applies. Protect it: who may run a job in it may do all that the apply identity may."
  type        = string
}

variable "state_bucket" {
  description = "Bucket of the state."
  type        = string
}

variable "acts_as" {
  description = "Accounts that what is deployed runs as, by a key that is known before the first apply."
  type        = map(string)
}
