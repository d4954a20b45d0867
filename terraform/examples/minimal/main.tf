# The least that there is to say: private functions, Cloud Vision up to 1,000 units a month.
terraform {
  required_version = ">= 1.9, < 2.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.0, < 9.0"
    }
  }
}

variable "project_id" {
  description = "Google Cloud project."
  type        = string
}

variable "archives" {
  description = "Zips of the functions, when `mvn package` was not run here."
  type        = map(string)
  default     = {}
}

provider "google" {
  project = var.project_id
}

module "whatsit" {
  source = "../.."

  project_id = var.project_id
  archives   = var.archives
}

output "curl" {
  description = "Sends the sample photo."
  value       = module.whatsit.curl
}
