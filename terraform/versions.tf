terraform {
  # 1.9: validations that look at other variables.
  required_version = ">= 1.9, < 2.0"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 7.0, < 9.0"
    }
  }

  # Which bucket is told by `terraform init -backend-config=bucket=… -backend-config=prefix=…`.
  backend "gcs" {}
}
